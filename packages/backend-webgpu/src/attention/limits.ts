import { size } from "../kernel/shape-marks.ts";
import type { AttentionSpec } from "./attention-spec.ts";

/** Stands for the score of a key that is not seen; smaller than every score of use. */
export const lowest = "(-3.0e38)";

/** Declares `firstKey` and `lastKey` (behind the end): the keys that some of `rows` queries from `row` on may see. */
export const keyRange = (
  { queryLength, keyLength, causal, window }: AttentionSpec,
  row: string,
  rows: number,
  step = 4,
): string => {
  const [queries, keys] = [`i32(${size(queryLength)})`, `i32(${size(keyLength)})`];
  const last = causal
    ? `u32(clamp(i32(${row}) + ${rows} + ${keys} - ${queries}, 0, ${keys}))`
    : size(keyLength);
  const first =
    window === undefined
      ? "0u"
      : `u32(max(i32(${row}) + ${keys} - ${queries} - i32(${size(window)}) + 1, 0)) / ${step}u * ${step}u`;
  return `let firstKey = ${first}; let lastKey = ${last};`;
};

/** Declares `firstQuery` and `lastQuery` (behind the end): the queries that may see some of `rows` keys from `key` on. */
export const queryRange = (
  { queryLength, keyLength, causal, window }: AttentionSpec,
  key: string,
  rows: number,
  step = 4,
): string => {
  const [queries, keys] = [`i32(${size(queryLength)})`, `i32(${size(keyLength)})`];
  const first = causal
    ? `u32(max(i32(${key}) + ${queries} - ${keys}, 0)) / ${step}u * ${step}u`
    : "0u";
  const last =
    window === undefined
      ? size(queryLength)
      : `u32(clamp(i32(${key}) + ${rows - 1} + ${queries} - ${keys} + i32(${size(window)}), 0, ${queries}))`;
  return `let firstQuery = ${first}; let lastQuery = ${last};`;
};
