import { at, type HostArray } from "./host-array.ts";
import { type Aval, formatAval } from "./ir/aval.ts";
import type { Nested } from "./tensor.ts";
import { dim, sizeOf } from "./shape.ts";

const element = (array: HostArray, i: number): number | boolean =>
  array.dtype === "bool" ? at(array.data, i) !== 0 : at(array.data, i);

/** Nested JavaScript arrays with the contents of a host array. */
export const nest = (array: HostArray): Nested => {
  const build = (axis: number, offset: number): Nested => {
    if (axis === array.shape.length) return element(array, offset);
    const inner = sizeOf(array.shape.slice(axis + 1));
    return Array.from({ length: dim(array.shape, axis) }, (_, i) =>
      build(axis + 1, offset + i * inner),
    );
  };
  return build(0, 0);
};

const formatNumber = (value: number | boolean): string => {
  if (typeof value === "boolean" || Number.isInteger(value))
    return Object.is(value, -0) ? "-0" : String(value);
  return String(Number(value.toPrecision(5)));
};

/** Places to show of `n`; a long axis shows its ends alone. */
const shown = (n: number): readonly (number | "…")[] =>
  n <= 8 ? Array.from({ length: n }, (_, i) => i) : [0, 1, 2, "…", n - 3, n - 2, n - 1];

/** Lists of texts, nested as deep as the tensor has axes. */
type Texts = string | readonly Texts[];

const textsOf = (array: HostArray, axis: number, offset: number): Texts => {
  if (axis === array.shape.length) return formatNumber(element(array, offset));
  const inner = sizeOf(array.shape.slice(axis + 1));
  return shown(dim(array.shape, axis)).map((i) =>
    i === "…" ? "…" : textsOf(array, axis + 1, offset + i * inner),
  );
};

const widest = (texts: Texts): number =>
  typeof texts === "string" ? texts.length : texts.reduce((w, t) => Math.max(w, widest(t)), 0);

const layOut = (texts: Texts, rank: number, width: number, indent: string): string => {
  if (typeof texts === "string") return texts.padStart(texts === "…" ? 0 : width);
  const separator = rank <= 1 ? ", " : `,${"\n".repeat(rank - 1)}${indent} `;
  return `[${texts.map((t) => layOut(t, rank - 1, width, `${indent} `)).join(separator)}]`;
};

/** Values in columns, on lines of their own when there are several axes. */
const formatValues = (array: HostArray): string => {
  const rank = array.shape.length;
  const texts = textsOf(array, 0, 0);
  return rank < 2
    ? ` ${layOut(texts, rank, 0, "")}`
    : `\n${layOut(texts, rank, widest(texts), "")}`;
};

/** Readable text of a tensor: its type, and its values when `read` can give them. */
export const formatTensor = (aval: Aval, read: () => HostArray): string => {
  try {
    return `Tensor(${formatAval(aval)})${formatValues(read())}`;
  } catch {
    return `Tensor(${formatAval(aval)})`;
  }
};
