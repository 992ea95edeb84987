import type { DType, Shape } from "@adjoint/core/backend";
import type { OnnxDataType } from "../proto/model-record.ts";

/** A named tensor of a graph being built; every shape is known. */
export type Value = { readonly name: string; readonly type: OnnxDataType; readonly shape: Shape };

const types: Readonly<Record<DType, OnnxDataType>> = {
  float32: "float32",
  float16: "float32",
  bfloat16: "float32",
  float64: "float64",
  int32: "int32",
  uint32: "uint32",
  bool: "bool",
};

/**
 * How a dtype is carried in a graph. float16 and bfloat16 travel as float32 values that a cast rounds after every
 * operation, which is what the reference kernels do and what CPU kernels compute in anyway.
 */
export const carrierOf = (dtype: DType): OnnxDataType => types[dtype];

/** Whether `type` is a floating-point type. */
export const isFloatType = (type: OnnxDataType): boolean =>
  type === "float32" || type === "float64";
