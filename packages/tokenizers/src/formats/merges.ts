import type { Vocab } from "../spec/model-spec.ts";

/** A pair of tokens that becomes one token. */
export type Merge = readonly [string, string];

/** The token that a merge makes: the second part leaves its continuing prefix behind. */
export const joinOf = ([first, second]: Merge, prefix: string | undefined): string =>
  first +
  (prefix !== undefined && second.startsWith(prefix) ? second.slice(prefix.length) : second);

/** The first of a merge's parts and its result that the vocabulary lacks. */
export const missingOf = (
  merge: Merge,
  vocab: Vocab,
  prefix: string | undefined,
): string | undefined => {
  if (!vocab.has(merge[0])) return merge[0];
  if (!vocab.has(merge[1])) return merge[1];
  const join = joinOf(merge, prefix);
  return vocab.has(join) ? undefined : join;
};

/** `"a b"` as a pair, or undefined where that is not two parts. */
export const mergeOfLine = (line: string): Merge | undefined => {
  const space = line.indexOf(" ");
  if (space < 1 || space === line.length - 1 || line.includes(" ", space + 1)) return undefined;
  return [line.slice(0, space), line.slice(space + 1)];
};
