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

/** The suffixes of a text in order, and what each has in common with the one before it. */
type Sorted = {
  readonly codes: Int32Array;
  readonly suffixes: Int32Array;
  /** Length in common of suffix i - 1 and suffix i; 0 at both ends. */
  readonly common: Int32Array;
  /** How often all places before suffix i came. */
  readonly sums: Float64Array;
  readonly longest: number;
};

const sorted = (codes: Int32Array, longest: number, weights: Float64Array | undefined): Sorted => {
  const suffixes = suffixArray(codes, longest + 1);
  const common = new Int32Array(suffixes.length + 1);
  const sums = new Float64Array(suffixes.length + 1);
  for (const [i, place] of suffixes.entries()) {
    if (i > 0) common[i] = commonLength(codes, suffixes[i - 1] ?? 0, place, longest + 1);
    sums[i + 1] = (sums[i] ?? 0) + (weights?.[place] ?? 1);
  }
  return { codes, suffixes, common, sums, longest };
};

/** The part that suffixes `left` to `right` begin with. */
const partOf = (
  { suffixes, sums }: Sorted,
  length: number,
  left: number,
  right: number,
): RepeatedPart => ({
  at: suffixes[left] ?? 0,
  length,
  count: (sums[right] ?? 0) - (sums[left] ?? 0),
});

/** Parts that different numbers follow: the inner nodes of the suffix tree. */
const innerParts = (text: Sorted): readonly RepeatedPart[] => {
  const { codes, common, longest } = text;
  const parts: RepeatedPart[] = [];
  const emit = (length: number, left: number, right: number): void => {
    if (length < 2 || length > longest) return;
    const part = partOf(text, length, left, right);
    if (!codes.subarray(part.at, part.at + length).includes(boundary)) parts.push(part);
  };
  const open: { length: number; left: number }[] = [];
  for (let i = 1; i < common.length; i++) {
    const length = common[i] ?? 0;
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

/** Parts that stand before a boundary more than once, and nowhere else. */
const endParts = (text: Sorted): readonly RepeatedPart[] => {
  const { codes, suffixes, common, longest } = text;
  const parts: RepeatedPart[] = [];
  let left = 0;
  for (let i = 1; i < common.length; i++) {
    const at = suffixes[i - 1] ?? 0;
    const length = codes.subarray(at, at + longest + 1).indexOf(boundary);
    const shared = common[i] ?? 0;
    if (length >= 0 && shared > length) continue;
    if (length >= 2 && shared < length && (common[left] ?? 0) < length) {
      const part = partOf(text, length, left, i);
      if (part.count > 1) parts.push(part);
    }
    left = i;
  }
  return parts;
};

/** The parts of 2 to `longest` numbers without a boundary that come more than once and are not always followed by the same number. */
export const repeatedParts = (codes: Int32Array, longest: number): readonly RepeatedPart[] =>
  innerParts(sorted(codes, longest, undefined));

/** The same of a text whose places come as often as `weights` says, where each boundary is a number of its own. */
export const weightedParts = (
  codes: Int32Array,
  longest: number,
  weights: Float64Array,
): readonly RepeatedPart[] => {
  const text = sorted(codes, longest, weights);
  return [...innerParts(text), ...endParts(text)];
};
