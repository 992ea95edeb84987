import type { MatrixSide } from "./matrix-side.ts";
import { stepOffset } from "./matrix-side.ts";
import type { ProductType } from "./matmul-spec.ts";

/** `[0, 1, ..., n - 1]` */
export const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

/** WGSL type of one number or of four. */
export const typeOf = (type: ProductType, width: number): string =>
  width === 1 ? type : `vec4<${type}>`;

/** Zero of that type. */
export const zero = (type: ProductType, width: number): string => `${typeOf(type, width)}(0)`;

/** One load, converted from f16. */
export const loaded = (side: MatrixSide, type: ProductType, index: string): string => {
  const value = `${side.name}[${index}]`;
  return side.half ? `${typeOf(type, side.vector ? 4 : 1)}(${value})` : value;
};

/** The number at a line and a step, however it is bound. */
export const element = (
  side: MatrixSide,
  type: ProductType,
  start: string,
  k: string,
  lane: number,
): string => {
  const index = `${start} + ${stepOffset(side, k)}`;
  if (!side.vector) return loaded(side, type, index);
  const component = side.along === "line" ? `${lane}u` : `(${k}) & 3u`;
  return `${type}(${side.name}[${index}][${component}])`;
};

/** `sum += x * y`, in f32 with one rounding where the device can. */
export const accumulate = (
  type: ProductType,
  width: number,
  sum: string,
  x: string,
  y: string,
): string =>
  type === "f32"
    ? `${sum} = fma(${width === 1 ? x : `vec4f(${x})`}, ${y}, ${sum});`
    : `${sum} += ${x} * ${y};`;
