/** What `Split` and `Replace` look for: a literal text, or a regular expression in the syntax of tokenizer files (Oniguruma). */
export type PatternSpec = { readonly text: string } | { readonly regex: string };

/** What becomes of a delimiter that splits a text. */
export type SplitBehavior =
  | "removed"
  | "isolated"
  | "mergedWithPrevious"
  | "mergedWithNext"
  | "contiguous";
