import { DTypeError } from "./errors.ts";

/** Element types. `float64` runs on the reference backend; `bfloat16` is a storage type. */
export type DType = "float32" | "float16" | "bfloat16" | "float64" | "int32" | "uint32" | "bool";

/** Every dtype, in promotion order within its kind. */
export const dtypes: readonly DType[] = [
  "bool",
  "uint32",
  "int32",
  "bfloat16",
  "float16",
  "float32",
  "float64",
];

const bytes: Readonly<Record<DType, number>> = {
  bool: 1,
  uint32: 4,
  int32: 4,
  bfloat16: 2,
  float16: 2,
  float32: 4,
  float64: 8,
};

/** Bytes of one element. */
export const byteSize = (dtype: DType): number => bytes[dtype];

/** Whether `dtype` is one of the floating-point types, the only ones with derivatives. */
export const isFloat = (dtype: DType): boolean =>
  dtype === "float32" || dtype === "float16" || dtype === "bfloat16" || dtype === "float64";

/** Whether `dtype` is int32 or uint32. */
export const isInteger = (dtype: DType): boolean => dtype === "int32" || dtype === "uint32";

const isDType = (value: string): value is DType => Object.hasOwn(bytes, value);

/** Checks that `value` names a dtype; throws DTypeError. */
export const checkDType = (operation: string, value: string): DType => {
  if (isDType(value)) return value;
  throw new DTypeError({
    operation,
    rule: "unknown dtype",
    got: `"${value}"`,
    fix: `use one of ${dtypes.join(", ")}`,
  });
};

const promoteFloats = (a: DType, b: DType): DType => {
  if (a === b) return a;
  if (a === "float64" || b === "float64") return "float64";
  return "float32"; // float32 wins; float16 with bfloat16 also gives float32
};

/**
 * The common dtype of two, as JAX promotes with 64-bit types off (float64 stays float64 here).
 * @see https://docs.jax.dev/en/latest/type_promotion.html
 */
export const promoteTypes = (a: DType, b: DType): DType => {
  if (a === b || b === "bool") return a;
  if (a === "bool") return b;
  if (isFloat(a)) return isFloat(b) ? promoteFloats(a, b) : a;
  return isFloat(b) ? b : "int32"; // int32 with uint32
};
