import { ArgumentError } from "@adjoint/core";
import { compileModel, type Model } from "../models/model.ts";
import type { ModelSpec } from "../spec/model-spec.ts";
import type { TokenizerSpec } from "../spec/tokenizer-spec.ts";
import type { EncodeInput, EncodeOptions } from "../text-tokenizer.ts";
import { specialIdsOf, tokenizerWith } from "./compile.ts";

/** How segmentations are drawn. */
export type SamplingOptions = {
  /** BPE: probability of putting a merge off, from 0 to 1; default the spec's own. */
  readonly dropout?: number;
  /** Unigram: 1 (default) draws in proportion to probability, less comes nearer to all alike, more nearer to the best. */
  readonly smoothing?: number;
};

/** The ids of a text in a segmentation that depends on the seed alone: a whole number, counted modulo 2^32. */
export type SamplingEncoder = (
  text: EncodeInput,
  seed: number,
  options?: EncodeOptions,
) => Int32Array;

/**
 * Numbers in [0, 1) from a seed: a counter that is hashed.
 * Source: the 32-bit finalizer of https://nullprogram.com/blog/2018/07/31/ (lowbias32).
 */
const randomOf = (seed: number): (() => number) => {
  let counter = seed >>> 0;
  return () => {
    counter = (counter + 0x9e3779b9) >>> 0;
    let h = counter;
    h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
    h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
    return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
  };
};

const withDropout = (model: ModelSpec, dropout: number | undefined): ModelSpec => {
  if (dropout === undefined || model.type !== "BPE") return model;
  if (dropout >= 0 && dropout <= 1) return { ...model, dropout };
  throw new ArgumentError({
    operation: "samplingEncoder",
    rule: "dropout must be a probability, from 0 to 1",
    got: String(dropout),
  });
};

const needsChoice = (type: string): ArgumentError =>
  new ArgumentError({
    operation: "samplingEncoder",
    rule: "only BPE and Unigram models have more than one way to cut a piece",
    got: type,
  });

/**
 * A function that encodes with random segmentations, which make a model that is trained on them more robust: BPE-dropout
 * for BPE, a draw by probability for Unigram. The same text and seed give the same ids. Throws ArgumentError for other
 * models.
 * Source: https://arxiv.org/abs/1910.13267 (BPE-dropout), https://arxiv.org/abs/1804.10959 (subword regularization).
 *
 * ```ts doctest
 * import { samplingEncoder, trainBpe } from "@adjoint/tokenizers";
 * const spec = await trainBpe(["aaabdaaabac"], { vocabSize: 7 });
 * const encode = samplingEncoder(spec, { dropout: 1 });
 * encode("aab", 42).length; // => 3
 * ```
 */
export const samplingEncoder = (
  spec: TokenizerSpec,
  { dropout, smoothing = 1 }: SamplingOptions = {},
): SamplingEncoder => {
  const model = compileModel(withDropout(spec.model, dropout), specialIdsOf(spec));
  const { samplePiece } = model;
  if (samplePiece === undefined) throw needsChoice(spec.model.type);
  let random = randomOf(0);
  const sampled: Model = {
    ...model,
    encodePiece: (piece, out) => samplePiece(piece, random, out, smoothing),
    encodeBytes: undefined,
  };
  const { encode } = tokenizerWith(spec, sampled);
  return (text, seed, options = {}) => {
    random = randomOf(seed);
    return encode(text, options);
  };
};
