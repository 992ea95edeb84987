import { normalizerOf as compiledNormalizer } from "../../normalizers/normalizer.ts";
import type { Normalizer } from "../../normalizers/normalizer-type.ts";
import { alignedText } from "../../text/aligned-text.ts";
import { type Either, right } from "@adjoint/core/either";
import type { TokenizerFormatError } from "../../errors.ts";
import type { AddedToken } from "../../spec/added-token.ts";
import type { DecoderSpec } from "../../spec/decoder-spec.ts";
import type { BpeSpec, ModelSpec } from "../../spec/model-spec.ts";
import type { NormalizerSpec } from "../../spec/normalizer-spec.ts";
import type { PreTokenizerSpec } from "../../spec/pre-tokenizer-spec.ts";
import type { TokenizerSpec } from "../../spec/tokenizer-spec.ts";
import { specialToken } from "../../spec/special-token.ts";
import { mergesOfScores } from "./merges-of-scores.ts";
import type { SentencePieceModel } from "./model.ts";
import { sentencePieceFromBytes } from "./read-model.ts";

/** What stands for a space in pieces. */
const mark = "▁";

const hasUserDefined = (model: SentencePieceModel): boolean =>
  model.pieces.some(({ type }) => type === "userDefined");

const replace = (regex: string, content: string): NormalizerSpec => ({
  type: "Replace",
  pattern: { regex },
  content,
});

/**
 * Several spaces become one, and those at the ends go: in this order, so that no run is looked at twice. A space at the
 * start stays where it is to become the mark that Metaspace would put there.
 */
const withoutExtraSpaces = (model: SentencePieceModel): readonly NormalizerSpec[] => {
  const staysAtStart = hasUserDefined(model) && model.normalizer.addDummyPrefix;
  return [
    replace(" {2,}", " "),
    replace(String.raw`${staysAtStart ? "" : String.raw`(?<![\s\S]) |`} (?![\s\S])`, ""),
  ];
};

/** The mark after the last character of the text. */
const suffix = replace(String.raw`(?<=[\s\S])(?![\s\S])`, mark);

/**
 * Where pieces of the user are looked for in the normalized text, the mark has to come after that; everywhere else it is
 * put there as SentencePiece does, before a space too.
 */
const prefixInNormalizer = (model: SentencePieceModel): boolean =>
  model.normalizer.addDummyPrefix &&
  !model.whitespaceAsSuffix &&
  model.algorithm !== "word" &&
  !hasUserDefined(model);

const normalizerOf = (model: SentencePieceModel): NormalizerSpec => {
  const { charsmap, removeExtraWhitespaces, addDummyPrefix, escapeWhitespaces } = model.normalizer;
  const steps: readonly (readonly [boolean, readonly NormalizerSpec[]])[] = [
    [charsmap.length > 0, [{ type: "Precompiled", charsmap }]],
    [removeExtraWhitespaces, withoutExtraSpaces(model)],
    [addDummyPrefix && model.whitespaceAsSuffix, [suffix]],
    [prefixInNormalizer(model), [{ type: "Prepend", prepend: mark }]],
    [escapeWhitespaces, [{ type: "Replace", pattern: { text: " " }, content: mark }]],
  ];
  return { type: "Sequence", normalizers: steps.flatMap(([on, step]) => (on ? step : [])) };
};

const preTokenizerOf = (model: SentencePieceModel): PreTokenizerSpec | undefined => {
  const isWord = model.algorithm === "word";
  if (!isWord && (prefixInNormalizer(model) || !model.normalizer.addDummyPrefix)) return undefined;
  const prefix = model.normalizer.addDummyPrefix && !model.whitespaceAsSuffix;
  return {
    type: "Metaspace",
    replacement: mark,
    prependScheme: !prefix ? "never" : isWord ? "always" : "first",
    split: isWord,
  };
};

const decoderOf = (model: SentencePieceModel): DecoderSpec => {
  const { addDummyPrefix, removeExtraWhitespaces } = model.normalizer;
  const strip = addDummyPrefix || removeExtraWhitespaces ? 1 : 0;
  const unknown = model.pieces.find(({ type }) => type === "unknown")?.piece ?? "";
  return {
    type: "Sequence",
    decoders: [
      { type: "Replace", pattern: { text: unknown }, content: model.unkSurface },
      { type: "Replace", pattern: { text: mark }, content: " " },
      { type: "ByteFallback" },
      { type: "Fuse" },
      { type: "Strip", content: " ", start: strip, stop: 0 },
    ],
  };
};

const bpeOf = (model: SentencePieceModel): BpeSpec => ({
  type: "BPE",
  vocab: new Map(model.pieces.map(({ piece }, id) => [piece, id])),
  merges: model.algorithm === "bpe" ? mergesOfScores(model.pieces) : [],
  unkToken: model.pieces.find(({ type }) => type === "unknown")?.piece,
  continuingSubwordPrefix: undefined,
  endOfWordSuffix: undefined,
  fuseUnk: true,
  byteFallback: model.byteFallback,
  ignoreMerges: false,
  dropout: undefined,
});

const modelOf = (model: SentencePieceModel): ModelSpec => {
  const unkId = model.pieces.findIndex(({ type }) => type === "unknown");
  if (model.algorithm === "unigram")
    return {
      type: "Unigram",
      pieces: model.pieces.map(({ piece, score }) => [piece, score]),
      unkId,
      byteFallback: model.byteFallback,
    };
  const bpe = bpeOf(model);
  return model.algorithm === "word"
    ? { type: "WordLevel", vocab: bpe.vocab, unkToken: bpe.unkToken ?? "" }
    : bpe;
};

/**
 * Whether a piece of the user is itself in the normalized text. SentencePiece keeps these pieces from being normalized; those that
 * would be changed, or that normalizing could make of other text, are looked for in the text as it came.
 */
const staysItself = (piece: string, normalize: Normalizer): boolean =>
  !piece.includes(mark) && normalize(alignedText(`a${piece}a`, false)).text.includes(`a${piece}a`);

const addedTokensOf = (model: SentencePieceModel): readonly AddedToken[] => {
  const normalize = compiledNormalizer(normalizerOf(model));
  return model.pieces.flatMap(({ piece, type }, id) => {
    if (type === "control" || type === "unknown") return [specialToken(piece, id)];
    if (type !== "userDefined") return [];
    return [
      { ...specialToken(piece, id), special: false, normalized: staysItself(piece, normalize) },
    ];
  });
};

/** The tokenizer of a SentencePiece model. */
export const tokenizerOfSentencePiece = (model: SentencePieceModel): TokenizerSpec => ({
  addedTokens: addedTokensOf(model),
  normalizer: normalizerOf(model),
  preTokenizer: preTokenizerOf(model),
  model: modelOf(model),
  postProcessor: undefined,
  decoder: decoderOf(model),
  truncation: undefined,
  padding: undefined,
});

/**
 * The tokenizer of a SentencePiece `.model` file (unigram, BPE, word or character), or what is wrong with it and at which
 * byte. Differences from SentencePiece itself: control pieces such as `</s>` are found in the text unless `encode` is told
 * `specialTokensInText: "none"`; an unknown piece that decoding begins with loses its space; a text that begins with a piece of the user has no mark before it; unknown words in a row
 * are one token each, where the model is of words.
 */
export const tokenizerFromSentencePiece = (
  bytes: Uint8Array,
): Either<TokenizerFormatError, TokenizerSpec> => {
  const model = sentencePieceFromBytes(bytes);
  return model._tag === "Left" ? model : right(tokenizerOfSentencePiece(model.right));
};
