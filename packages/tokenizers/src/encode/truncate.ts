import type { Encoding } from "../encoding.ts";
import type { TruncationSpec } from "../spec/tokenizer-spec.ts";
import { emptyEncoding, sliceEncoding } from "./join-encodings.ts";
import { TruncationError } from "./truncation-error.ts";

const complain = (rule: string, got: string, fix: string): never => {
  throw new TruncationError({ operation: "encode", rule, got, fix });
};

/** Truncation to what special tokens leave of its length. */
export const truncationFor = (
  truncation: TruncationSpec,
  specialTokens: number,
): TruncationSpec => {
  const maxLength = truncation.maxLength - specialTokens;
  if (maxLength < 0)
    complain(
      "maxLength must leave room for the special tokens",
      `maxLength ${truncation.maxLength} for ${specialTokens} special tokens`,
      "raise maxLength, or encode with addSpecialTokens: false",
    );
  return { ...truncation, maxLength };
};

const both = (first: number, second: number, maxLength: number): readonly [number, number] => {
  const short = Math.min(first, second);
  let long = short > maxLength ? short : Math.max(short, maxLength - short);
  let kept = short;
  if (kept + long > maxLength) {
    kept = Math.floor(maxLength / 2);
    long = kept + (maxLength % 2);
  }
  return first > second ? [long, kept] : [kept, long];
};

const only = (
  first: number,
  second: number,
  excess: number,
  isFirst: boolean,
): readonly [number, number] => {
  const length = isFirst ? first : second;
  if (length <= excess)
    complain(
      `strategy ${isFirst ? "onlyFirst" : "onlySecond"} must leave a part of its text`,
      `${excess} tokens too many, of which that text has ${length}`,
      "raise maxLength, or take the strategy longestFirst",
    );
  return isFirst ? [first - excess, second] : [first, second - excess];
};

/** How many tokens of each text stay; `second` is undefined for a single text. */
export const truncatedLengths = (
  first: number,
  second: number | undefined,
  { maxLength, strategy }: TruncationSpec,
): readonly [first: number, second: number] => {
  const excess = first + (second ?? 0) - maxLength;
  if (excess <= 0) return [first, second ?? 0];
  if (maxLength === 0) return [0, 0];
  if (strategy === "longestFirst")
    return second === undefined ? [maxLength, 0] : both(first, second, maxLength);
  if (strategy === "onlySecond" && second === undefined)
    complain("strategy onlySecond must be given two texts", "one", "pass a pair of texts");
  return only(first, second ?? 0, excess, strategy === "onlyFirst");
};

const checkStride = (length: number, stride: number): void => {
  if (stride >= length)
    complain(
      "stride must be less than the length that is left for a text",
      `stride ${stride}, length ${length}`,
      "lower stride, or raise maxLength",
    );
};

/** The ids that stay. */
export const truncateIds = (
  ids: Int32Array,
  length: number,
  truncation: TruncationSpec,
): Int32Array => {
  if (length >= ids.length) return ids;
  if (length > 0) checkStride(length, truncation.stride);
  return truncation.direction === "left"
    ? ids.subarray(ids.length - length)
    : ids.subarray(0, length);
};

const windows = (
  total: number,
  length: number,
  { stride, direction }: TruncationSpec,
): readonly (readonly [number, number])[] => {
  const step = length - stride;
  const out: (readonly [number, number])[] = [];
  for (let done = 0; ; done += step) {
    const far = Math.min(done + length, total);
    out.push(direction === "right" ? [done, far] : [total - far, total - done]);
    if (far === total) return out;
  }
};

/** An encoding cut to `length`, and what overflows as windows of that length, each `stride` tokens into the one before. */
export const truncateEncoding = (
  encoding: Encoding,
  length: number,
  truncation: TruncationSpec,
): Encoding => {
  const total = encoding.ids.length;
  if (length >= total) return encoding;
  if (length === 0) return { ...emptyEncoding, overflowing: [encoding] };
  checkStride(length, truncation.stride);
  const [first, ...rest] = windows(total, length, truncation).map(([start, end]) =>
    sliceEncoding(encoding, start, end),
  );
  return { ...(first ?? emptyEncoding), overflowing: rest };
};
