import { ArgumentError } from "@adjoint/core";

/** Settings of `shingles`. */
export type ShingleOptions = {
  /** Runs of words (default) or of characters (code points): characters suit Chinese, Japanese and Thai. */
  readonly unit?: "word" | "character";
  /** How many make a shingle; default 5. */
  readonly size?: number;
};

const unitsOf = (text: string, unit: "word" | "character"): readonly string[] =>
  unit === "word" ? (text.match(/[\p{L}\p{M}\p{N}_]+/gu) ?? []) : [...text];

/**
 * The set of a text's n-grams, for Jaccard similarity. A text of fewer units than `size` is one shingle of all it has, and a text of none
 * has none. Words are runs of letters, marks, digits and underscores; normalise case and spelling before. Throws ArgumentError for a size
 * below 1.
 * @see https://www.cs.princeton.edu/courses/archive/spr05/cos598E/bib/broder97resemblance.pdf
 */
export const shingles = (text: string, options: ShingleOptions = {}): ReadonlySet<string> => {
  const { unit = "word", size = 5 } = options;
  if (!Number.isInteger(size) || size < 1) {
    const rule = "size must be a positive integer";
    throw new ArgumentError({ operation: "shingles", rule, got: String(size) });
  }
  const units = unitsOf(text, unit);
  const glue = unit === "word" ? " " : "";
  const found = new Set<string>();
  for (let i = 0; i + size <= units.length; i++) found.add(units.slice(i, i + size).join(glue));
  if (found.size === 0 && units.length > 0) found.add(units.join(glue));
  return found;
};

/** |a ∩ b| / |a ∪ b|, 1 for two empty sets. */
export const jaccard = <T>(a: ReadonlySet<T>, b: ReadonlySet<T>): number => {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  let shared = 0;
  for (const item of small) if (large.has(item)) shared++;
  const union = a.size + b.size - shared;
  return union === 0 ? 1 : shared / union;
};
