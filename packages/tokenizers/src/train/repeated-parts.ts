import { suffixArray } from "./suffix-array.ts";

/** Stands behind every piece. */
const boundary = 0;

/** A part of the text that comes more than once: where it comes, its length, and how often. */
type RepeatedPart = { readonly at: number; readonly length: number; readonly count: number };

/** How many numbers two places have in common, up to and with a boundary, at most `most`. */
const commonLength = (codes: Int32Array, a: number, b: number, most: number): number => {
  let length = 0;
  while (length < most && b + length < codes.length && a + length < codes.length) {
    const code = codes[a + length];
    if (code !== codes[b + length]) break;
    length++;
    if (code === boundary) break;
  }
  return length;
};

/**
 * The parts of 2 to `longest` numbers without a boundary that come more than once and are not always followed by the
 * same number: the inner nodes of the suffix tree.
 */
export const repeatedParts = (codes: Int32Array, longest: number): readonly RepeatedPart[] => {
  const suffixes = suffixArray(codes, longest + 1);
  const parts: RepeatedPart[] = [];
  const emit = (length: number, left: number, right: number): void => {
    const at = suffixes[left] ?? 0;
    if (length < 2 || length > longest) return;
    if (codes.subarray(at, at + length).includes(boundary)) return;
    parts.push({ at, length, count: right - left });
  };
  const open: { length: number; left: number }[] = [];
  for (let i = 1; i <= codes.length; i++) {
    const length =
      i < codes.length
        ? commonLength(codes, suffixes[i - 1] ?? 0, suffixes[i] ?? 0, longest + 1)
        : 0;
    let left = i - 1;
    for (let top = open.at(-1); top !== undefined && top.length > length; top = open.at(-1)) {
      open.pop();
      emit(top.length, top.left, i);
      ({ left } = top);
    }
    if (length > (open.at(-1)?.length ?? 0)) open.push({ length, left });
  }
  return parts;
};
