import { ArgumentError } from "../errors.ts";
import { Tensor, type TensorLike } from "../tensor.ts";

/** A tensor for a number (float32), a boolean (bool) or a tensor. */
export const asTensor = (value: TensorLike): Tensor => {
  if (typeof value === "number") return Tensor.literal(value, "float32");
  if (typeof value === "boolean") return Tensor.literal(value ? 1 : 0, "bool");
  return value;
};

const kindOf = (value: unknown): string =>
  typeof value === "object" && value !== null ? `a ${value.constructor.name}` : typeof value;

/** A tensor for a leaf of an argument tree; throws ArgumentError naming its path. */
export const leafToTensor = (operation: string, leaf: unknown, path: string): Tensor => {
  if (leaf instanceof Tensor) return leaf;
  if (typeof leaf === "number" || typeof leaf === "boolean") return asTensor(leaf);
  throw new ArgumentError({
    operation,
    rule: "leaves of arguments and results must be tensors, numbers or booleans",
    got: `${kindOf(leaf)}${path === "" ? "" : ` at ${path}`}`,
    fix: "close over it, or name its argument in staticArgnums of jit",
  });
};
