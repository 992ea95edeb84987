import { DTypeError } from "@adjoint/core";
import { type DType, isFloat } from "@adjoint/core/backend";

/** WGSL type in which values of a dtype are computed: f32, i32, u32 or bool; throws DTypeError for float64. */
export const valueType = (dtype: DType): "f32" | "i32" | "u32" | "bool" => {
  if (dtype === "float64")
    throw new DTypeError({
      operation: "compile for WebGPU",
      rule: "WGSL has no 64-bit floating-point type",
      got: dtype,
      fix: "cast to float32, or use another backend",
    });
  if (isFloat(dtype)) return "f32";
  return dtype === "int32" ? "i32" : dtype === "uint32" ? "u32" : "bool";
};

/** How float16 is stored: in f16 where the device has shader-f16, else as rounded values in f32. */
export type HalfStorage = "f16" | "f32";

/** WGSL type of a stored element: bool is a u32 of 0 or 1, bfloat16 an f32 that holds rounded values. */
export const storageType = (dtype: DType, half: HalfStorage): "f32" | "f16" | "i32" | "u32" => {
  const type = valueType(dtype);
  if (type === "bool") return "u32";
  return dtype === "float16" ? half : type;
};

/** Expression for the value of a stored element. */
export const fromStored = (dtype: DType, element: string, half: HalfStorage): string => {
  if (dtype === "bool") return `(${element} != 0u)`;
  return dtype === "float16" && half === "f16" ? `f32(${element})` : element;
};

/** Expression for the element that stores a value; may call library functions (see `libraryIn`). */
export const toStored = (dtype: DType, value: string, half: HalfStorage): string => {
  if (dtype === "bool") return `select(0u, 1u, ${value})`;
  if (dtype === "float16" && half === "f16") return `f16(${value})`;
  return roundTo(dtype, value);
};

/** Expression for a float value rounded to the precision of a dtype, still of type f32. */
export const roundTo = (dtype: DType, value: string): string => {
  if (dtype === "float16") return `adj_round_half(${value})`;
  return dtype === "bfloat16" ? `adj_round_bfloat16(${value})` : value;
};
