import { at, type HostArray } from "./host-array.ts";
import { type Aval, formatAval } from "./ir/aval.ts";
import type { Nested } from "./tensor.ts";
import { dim, type Shape, sizeOf } from "./shape.ts";

const element = (array: HostArray, i: number): number | boolean =>
  array.dtype === "bool" ? at(array.data, i) !== 0 : at(array.data, i);

/** Nested JavaScript arrays with the contents of a host array. */
export const nest = (array: HostArray): Nested => {
  const build = (axis: number, offset: number): Nested => {
    if (axis === array.shape.length) return element(array, offset);
    const inner = sizeOf(array.shape.slice(axis + 1));
    return Array.from({ length: dim(array.shape, axis) }, (_, i) => build(axis + 1, offset + i * inner));
  };
  return build(0, 0);
};

const formatNumber = (value: number | boolean): string => {
  if (typeof value === "boolean" || Number.isInteger(value)) return Object.is(value, -0) ? "-0" : String(value);
  return String(Number(value.toPrecision(5)));
};

const shown = (n: number): readonly (number | "…")[] =>
  n <= 8 ? Array.from({ length: n }, (_, i) => i) : [0, 1, 2, "…", n - 3, n - 2, n - 1];

const formatValues = (array: HostArray, shape: Shape, offset: number, indent: string): string => {
  const [n, ...rest] = shape;
  if (n === undefined) return formatNumber(element(array, offset));
  const parts = shown(n).map((i) =>
    i === "…" ? "…" : formatValues(array, rest, offset + i * sizeOf(rest), `${indent} `),
  );
  return `[${parts.join(rest.length === 0 ? ", " : `,\n${indent} `)}]`;
};

/** Readable text of a tensor: its type, and its values when `read` can give them. */
export const formatTensor = (aval: Aval, read: () => HostArray): string => {
  try {
    return `Tensor(${formatAval(aval)}) ${formatValues(read(), aval.shape, 0, "")}`;
  } catch {
    return `Tensor(${formatAval(aval)})`;
  }
};
