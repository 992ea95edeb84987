import type {
  BpeSpec,
  ModelSpec,
  UnigramSpec,
  Vocab,
  WordLevelSpec,
  WordPieceSpec,
} from "../../spec/model-spec.ts";
import { child, type Field, wrong } from "../json/field.ts";
import { type Json, orNull } from "../json/json-text.ts";
import {
  boolean,
  count,
  has,
  member,
  number,
  optional,
  orElse,
  string,
  valuesOf,
} from "../json/read.ts";
import { type Variant, variantOf } from "../json/variants.ts";
import { vocabOf } from "../json/vocab-field.ts";
import { mergesOfRanks } from "../merges-of-ranks.ts";
import { type Merge, mergeOfLine, missingOf } from "../merges.ts";

const mergeOf = (value: unknown): Merge | undefined => {
  if (typeof value === "string") return mergeOfLine(value);
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [first, second]: readonly unknown[] = value;
  return typeof first === "string" && typeof second === "string" ? [first, second] : undefined;
};

const mergesOf = (field: Field, vocab: Vocab, prefix: string | undefined): readonly Merge[] =>
  valuesOf(field).flatMap((value, i) => {
    if (typeof value === "string" && value.startsWith("#version")) return [];
    const merge = mergeOf(value);
    if (merge === undefined)
      throw wrong(child(field, i, value), `must be "first second" or [first, second]`);
    const missing = missingOf(merge, vocab, prefix);
    if (missing !== undefined)
      throw wrong(
        child(field, i, value),
        "must be of tokens, and make a token, of the vocabulary",
        JSON.stringify(missing),
      );
    return [merge];
  });

const dropout = (field: Field): number => {
  const p = number(field);
  if (p < 0 || p > 1) throw wrong(field, "must be a probability");
  return p;
};

const bpe = (field: Field): BpeSpec => {
  const vocab = vocabOf(member(field, "vocab"));
  const prefix = optional(string)(member(field, "continuing_subword_prefix"));
  return {
    type: "BPE",
    vocab,
    merges: mergesOf(member(field, "merges"), vocab, prefix),
    unkToken: optional(string)(member(field, "unk_token")),
    continuingSubwordPrefix: prefix,
    endOfWordSuffix: optional(string)(member(field, "end_of_word_suffix")),
    fuseUnk: orElse(false, boolean)(member(field, "fuse_unk")),
    byteFallback: orElse(false, boolean)(member(field, "byte_fallback")),
    ignoreMerges: orElse(false, boolean)(member(field, "ignore_merges")),
    dropout: optional(dropout)(member(field, "dropout")),
  };
};

const wordPiece = (field: Field): WordPieceSpec => ({
  type: "WordPiece",
  vocab: vocabOf(member(field, "vocab")),
  unkToken: orElse("[UNK]", string)(member(field, "unk_token")),
  continuingSubwordPrefix: orElse("##", string)(member(field, "continuing_subword_prefix")),
  maxInputCharsPerWord: orElse(100, count)(member(field, "max_input_chars_per_word")),
});

const wordLevel = (field: Field): WordLevelSpec => ({
  type: "WordLevel",
  vocab: vocabOf(member(field, "vocab")),
  unkToken: orElse("<unk>", string)(member(field, "unk_token")),
});

const pieceOf = (field: Field, value: unknown, i: number): readonly [string, number] => {
  const pair: readonly unknown[] = Array.isArray(value) ? value : [];
  const [piece, score] = pair;
  if (
    pair.length !== 2 ||
    typeof piece !== "string" ||
    typeof score !== "number" ||
    !Number.isFinite(score)
  )
    throw wrong(child(field, i, value), "must be [piece, score]");
  return [piece, score];
};

const unigram = (field: Field): UnigramSpec => {
  const vocab = member(field, "vocab");
  const pieces = valuesOf(vocab).map((value, i) => pieceOf(vocab, value, i));
  const unk = member(field, "unk_id");
  const unkId = optional(count)(unk);
  if (unkId !== undefined && unkId >= pieces.length)
    throw wrong(unk, `must be the place of one of the ${pieces.length} pieces`);
  return {
    type: "Unigram",
    pieces,
    unkId,
    byteFallback: orElse(false, boolean)(member(field, "byte_fallback")),
  };
};

const untagged = (field: Field): ModelSpec => {
  if (has(field, "merges")) return bpe(field);
  if (has(field, "unk_id") || Array.isArray(member(field, "vocab").value)) return unigram(field);
  return has(field, "continuing_subword_prefix") ? wordPiece(field) : wordLevel(field);
};

const variants: readonly Variant<ModelSpec>[] = [
  { type: "BPE", read: bpe },
  { type: "WordPiece", read: wordPiece },
  { type: "WordLevel", read: wordLevel },
  { type: "Unigram", read: unigram },
  { type: "", fields: ["vocab"], read: untagged },
];

/** The model of a tokenizer.json; files from before tags are told by their fields. Throws TokenizerFormatError. */
export const modelFromJson = (field: Field): ModelSpec => variantOf(variants)(field);

const byId = (vocab: Vocab): Json => new Map([...vocab].toSorted((a, b) => a[1] - b[1]));

/** The model as the format writes it; merges by rank are written out as pairs. */
export const modelToJson = (spec: ModelSpec): Json => {
  switch (spec.type) {
    case "BPE":
      return {
        type: "BPE",
        dropout: orNull(spec.dropout),
        unk_token: orNull(spec.unkToken),
        continuing_subword_prefix: orNull(spec.continuingSubwordPrefix),
        end_of_word_suffix: orNull(spec.endOfWordSuffix),
        fuse_unk: spec.fuseUnk,
        byte_fallback: spec.byteFallback,
        ignore_merges: spec.ignoreMerges,
        vocab: byId(spec.vocab),
        merges: spec.merges === "ranks" ? mergesOfRanks(spec.vocab) : spec.merges,
      };
    case "WordPiece":
      return {
        type: "WordPiece",
        unk_token: spec.unkToken,
        continuing_subword_prefix: spec.continuingSubwordPrefix,
        max_input_chars_per_word: spec.maxInputCharsPerWord,
        vocab: byId(spec.vocab),
      };
    case "WordLevel":
      return { type: "WordLevel", vocab: byId(spec.vocab), unk_token: spec.unkToken };
    case "Unigram":
      return {
        type: "Unigram",
        unk_id: orNull(spec.unkId),
        vocab: spec.pieces,
        byte_fallback: spec.byteFallback,
      };
  }
};
