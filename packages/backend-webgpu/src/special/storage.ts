import { type Aval, byteSize, type DType, sizeOf } from "@adjoint/core/backend";
import type { Access, Element, Operand } from "../kernel/kernel.ts";
import type { Profile } from "./special-plan.ts";

/** What a kernel computes with. */
export type ValueType = "f32" | "i32" | "u32";

/** How an array is stored and computed with. */
export type Stored = {
  readonly dtype: DType;
  readonly element: Element;
  readonly value: ValueType;
};

/** How arrays of `dtype` are stored; undefined for float64, which GPUs do not have. */
export const storedAs = (dtype: DType, { f16 }: Profile): Stored | undefined => {
  switch (dtype) {
    case "float64":
      return undefined;
    case "int32":
      return { dtype, element: "i32", value: "i32" };
    case "uint32":
    case "bool":
      return { dtype, element: "u32", value: "u32" };
    case "float16":
      return { dtype, element: f16 ? "f16" : "f32", value: "f32" };
    case "float32":
    case "bfloat16":
      return { dtype, element: "f32", value: "f32" };
  }
};

/** How all of the arrays are stored; undefined when one cannot be. */
export const allStored = (
  avals: readonly Aval[],
  profile: Profile,
): readonly Stored[] | undefined => {
  const stored = avals.flatMap(({ dtype }) => storedAs(dtype, profile) ?? []);
  return stored.length === avals.length ? stored : undefined;
};

/** An operand of a kernel. */
export const operand = (name: string, element: Element, access: Access): Operand => ({
  name,
  element,
  access,
});

/** Element `index` of an array, as a value. */
export const load = (name: string, index: string, { element }: Stored): string =>
  element === "f16" ? `f32(${name}[${index}])` : `${name}[${index}]`;

/** Stores a value that the dtype can hold, such as one that was loaded from an array of that dtype. */
export const keep = (name: string, index: string, value: string, { element }: Stored): string =>
  `${name}[${index}] = ${element === "f16" ? `f16(${value})` : value};`;

/** Stores a computed value, rounded to the precision of the dtype; needs `roundings`. */
export const store = (name: string, index: string, value: string, stored: Stored): string => {
  if (stored.dtype === "float16") return keep(name, index, `round_half(${value})`, stored);
  if (stored.dtype === "bfloat16") return keep(name, index, `round_bfloat(${value})`, stored);
  return keep(name, index, value, stored);
};

const half = `fn round_half(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return x; }
  let sign = bits & 0x80000000u;
  if (magnitude < 0x38800000u) { // below 2^-14 steps are 2^-24
    let steps = round(bitcast<f32>(magnitude) * 16777216.0);
    return bitcast<f32>(sign | bitcast<u32>(steps / 16777216.0));
  }
  let rounded = (magnitude + 0xfffu + ((magnitude >> 13u) & 1u)) & 0xffffe000u;
  return bitcast<f32>(sign | select(rounded, 0x7f800000u, rounded >= 0x47800000u));
}
`;

const bfloat = `fn round_bfloat(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let rounded = (bits + 0x7fffu + ((bits >> 16u) & 1u)) & 0xffff0000u;
  return bitcast<f32>(select(rounded, bits, (bits & 0x7fffffffu) > 0x7f800000u));
}
`;

/** Functions that `store` calls for these arrays: rounding to nearest, ties to even, done with integers. */
export const roundings = (...arrays: readonly Stored[]): string => {
  const has = (dtype: DType): boolean => arrays.some((a) => a.dtype === dtype);
  return (has("float16") ? half : "") + (has("bfloat16") ? bfloat : "");
};

/** Bytes of an array. */
export const bytesOf = ({ shape, dtype }: Aval): number => sizeOf(shape) * byteSize(dtype);

/** The smallest power of two that is at least `n`. */
export const powerOfTwo = (n: number): number => {
  let power = 1;
  while (power < n) power *= 2;
  return power;
};
