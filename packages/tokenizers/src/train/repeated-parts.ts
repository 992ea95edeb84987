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

/** How often the places before each in the order of suffixes came. */
const sumsOf = (suffixes: Int32Array, weights: Float64Array | undefined): Float64Array => {
  const sums = new Float64Array(suffixes.length + 1);
  for (const [i, place] of suffixes.entries()) sums[i + 1] = (sums[i] ?? 0) + (weights?.[place] ?? 1);
  return sums;
};

/**
 * The parts of 2 to `longest` numbers without a boundary that come more than once and are not always followed by the
 * same number: the inner nodes of the suffix tree. A place counts as often as `weights` says, by default once.
 */
export const repeatedParts = (
  codes: Int32Array,
  longest: number,
  weights?: Float64Array,
): readonly RepeatedPart[] => {
  const suffixes = suffixArray(codes, longest + 1);
  const sums = sumsOf(suffixes, weights);
  const parts: RepeatedPart[] = [];
  const emit = (length: number, left: number, right: number): void => {
    const at = suffixes[left] ?? 0;
    if (length < 2 || length > longest) return;
    const count = (sums[right] ?? 0) - (sums[left] ?? 0);
    if (codes.subarray(at, at + length).includes(boundary)) return;
    parts.push({ at, length, count });
  };
  const open: { length: number; left: number }[] = [];
  let endStart = 0;
  for (let i = 1; i <= codes.length; i++) {
    const [a, b] = [suffixes[i - 1] ?? 0, suffixes[i] ?? 0];
    const length = i < codes.length ? commonLength(codes, a, b, longest + 1) : 0;
    if (weights !== undefined) {
      const sameEnd = length > 0 && codes[a + length - 1] === boundary;
      if (!sameEnd) {
        const end = codes.subarray(a, a + longest + 1).indexOf(boundary);
        if (end > length) {
          const count = (sums[i] ?? 0) - (sums[endStart] ?? 0);
          if (count >= 2) emit(end, endStart, i);
        }
        endStart = i;
      }
    }
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
