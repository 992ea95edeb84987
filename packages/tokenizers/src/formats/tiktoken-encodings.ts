/** What a rank file does not tell: how text is cut, and the special tokens. */
export type TiktokenEncoding = {
  /** The regular expression that cuts text into pieces. */
  readonly pattern: string;
  /** Special tokens and their ids. */
  readonly specialTokens: ReadonlyMap<string, number>;
};

const gpt2Pattern = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

const cl100kPattern = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

const upper = String.raw`\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}`;
const lower = String.raw`\p{Ll}\p{Lm}\p{Lo}\p{M}`;
const ending = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?";

const o200kPattern = [
  String.raw`[^\r\n\p{L}\p{N}]?[${upper}]*[${lower}]+${ending}`,
  String.raw`[^\r\n\p{L}\p{N}]?[${upper}]+[${lower}]*${ending}`,
  String.raw`\p{N}{1,3}`,
  String.raw` ?[^\s\p{L}\p{N}]+[\r\n/]*`,
  String.raw`\s*[\r\n]+`,
  String.raw`\s+(?!\S)`,
  String.raw`\s+`,
].join("|");

const endoftext = "<|endoftext|>";

/** The names of the encodings that tiktoken knows. */
export type TiktokenName = "r50k_base" | "p50k_base" | "p50k_edit" | "cl100k_base" | "o200k_base";

/**
 * Patterns and special tokens of OpenAI's encodings, for `tokenizerFromTiktoken`; GPT-2's is `r50k_base`.
 * Source: https://github.com/openai/tiktoken/blob/main/tiktoken_ext/openai_public.py (its patterns were later rewritten
 * with possessive quantifiers, which match the same).
 */
export const tiktokenEncodings: { readonly [name in TiktokenName]: TiktokenEncoding } = {
  r50k_base: { pattern: gpt2Pattern, specialTokens: new Map([[endoftext, 50256]]) },
  p50k_base: { pattern: gpt2Pattern, specialTokens: new Map([[endoftext, 50256]]) },
  p50k_edit: {
    pattern: gpt2Pattern,
    specialTokens: new Map([
      [endoftext, 50256],
      ["<|fim_prefix|>", 50281],
      ["<|fim_middle|>", 50282],
      ["<|fim_suffix|>", 50283],
    ]),
  },
  cl100k_base: {
    pattern: cl100kPattern,
    specialTokens: new Map([
      [endoftext, 100257],
      ["<|fim_prefix|>", 100258],
      ["<|fim_middle|>", 100259],
      ["<|fim_suffix|>", 100260],
      ["<|endofprompt|>", 100276],
    ]),
  },
  o200k_base: {
    pattern: o200kPattern,
    specialTokens: new Map([
      [endoftext, 199999],
      ["<|endofprompt|>", 200018],
    ]),
  },
};
