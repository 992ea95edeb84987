import { binary, cast, like } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import type { Value } from "./value.ts";

const signBit = 2 ** 31;

/**
 * uint32 as int32 in the same order, and other types as they are. Comparing kernels are missing for uint32, and those
 * for int64 compare 32 bits in ONNX Runtime 1.30.
 */
export const toOrdered = (g: GraphBuilder, x: Value): Value => {
  if (x.type === "bool") return cast(g, x, "int32");
  return x.type === "uint32"
    ? cast(g, binary(g, "BitwiseXor", x, like(g, signBit, x)), "int32")
    : x;
};

/** What `toOrdered` made of a value of `type`, turned back. */
export const fromOrdered = (g: GraphBuilder, x: Value, type: Value["type"]): Value => {
  const back = cast(g, x, type);
  return type === "uint32" ? binary(g, "BitwiseXor", back, like(g, signBit, back)) : back;
};
