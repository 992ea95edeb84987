import { arange, cumsum, ShapeError, tanh, type Tensor, zeros } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import {
  dropout,
  embedding,
  type EmbeddingOptions,
  type EmbeddingParams,
  gelu,
  linear,
  type LinearParams,
  masks,
  normalInit,
} from "@adjoint/nn";
import { applyAnyBlocks } from "../block/block-stack.ts";
import { stackBlocks, type Stacked, unstackBlocks } from "../block/stack-blocks.ts";
import { applyNorm, initNorm, type NormParams } from "../block/norm.ts";
import { type BlockParams, type BlocksResult, initBlocks } from "../block/transformer-block.ts";
import { type BertConfig, checkBertConfig } from "./bert-config.ts";
import { checkBert, checkMaskedWord } from "./bert-shape.ts";
import { checkIds } from "../internal/check-ids.ts";
import { optionalKeys } from "../internal/optional-keys.ts";

/** Parameters of the encoder. */
export type BertParams = {
  readonly embeddings: {
    readonly word: EmbeddingParams;
    readonly position: EmbeddingParams;
    /** None where no kinds of segments are told apart. */
    readonly type?: EmbeddingParams;
    readonly norm: NormParams;
  };
  readonly blocks: readonly BlockParams[];
};

/** The same with equal layers put together, as `bert.stack` makes it: what is traced does not grow with depth. */
export type StackedBertParams = Stacked<BertParams>;

/** Parameters layer by layer, or stacked. */
export type AnyBertParams = BertParams | StackedBertParams;

/** Parameters of the head that fills masked words in. */
export type MaskedWordParams = {
  readonly dense: LinearParams;
  readonly norm: NormParams;
  /** (C, V), where the scores do not come from the word embedding (`tiedHead: false`). */
  readonly kernel?: Tensor;
  /** (V). */
  readonly bias: Tensor;
};

/** Settings of one call. */
export type BertOptions = {
  /** int32 (..., T): 0 for the first text, 1 for the second; default 0. */
  readonly typeIds?: Tensor | undefined;
  /** bool (..., T): which tokens are no padding; default all. */
  readonly valid?: Tensor | undefined;
  /** Training: decides what dropout drops. */
  readonly key?: Key | undefined;
};

/** The type of `bert`. */
export type Bert = {
  readonly init: (key: Key, config: BertConfig) => BertParams;
  /** As `decoder.check`. */
  readonly check: (ids: Tensor, config: BertConfig) => Promise<void>;
  /** int32 ids (..., T) give vectors (..., T, C). */
  readonly apply: (
    params: AnyBertParams,
    ids: Tensor,
    config: BertConfig,
    options?: BertOptions,
  ) => Tensor;
  /** Where the tokens look: the weights of each layer's attention (..., H, T, T), as `decoder.attention`. */
  readonly attention: (
    params: AnyBertParams,
    ids: Tensor,
    config: BertConfig,
    options?: Omit<BertOptions, "key">,
  ) => readonly Tensor[];
  /** Parameters with equal layers put together, which all functions here take too, as `decoder.stack`. */
  readonly stack: (params: BertParams, config: BertConfig) => StackedBertParams;
  /** Parameters layer by layer again, as `saveParams` takes them. */
  readonly unstack: (params: StackedBertParams) => BertParams;
  /** Fresh parameters of the head for masked words. */
  readonly initMaskedWord: (key: Key, config: BertConfig) => MaskedWordParams;
  /** Scores of every word (..., T, V) from vectors (..., T, C). */
  readonly maskedWord: (
    head: MaskedWordParams,
    params: AnyBertParams,
    hidden: Tensor,
    config: BertConfig,
  ) => Tensor;
  /** Fresh parameters of `pool`, (C, C). */
  readonly initPooler: (key: Key, config: BertConfig) => LinearParams;
  /** What stands for a whole text: tanh of a linear map of its first vector; (..., T, C) gives (..., C). */
  readonly pool: (pooler: LinearParams, hidden: Tensor) => Tensor;
  /** Fresh parameters of a linear head with `outputs` scores: next sentence, classes, words' labels, ends of an answer. */
  readonly initHead: (key: Key, config: BertConfig, outputs: number) => LinearParams;
};

/** int32 places: those of the tokens (T), or, counted from padding's on, of the tokens that are no padding (..., T). */
const placesOf = (ids: Tensor, length: number, { padId }: BertConfig): Tensor => {
  if (padId === undefined) return arange(length, { dtype: "int32" });
  const real = ids.notEqual(padId).cast("int32");
  return cumsum(real, -1).mul(real).add(padId);
};

/** The row that gets no gradient, as `padding_idx` of PyTorch. */
const unlearned = (paddingId: number | undefined): EmbeddingOptions =>
  paddingId === undefined ? {} : { paddingId };

const embed = (
  { embeddings }: AnyBertParams,
  ids: Tensor,
  config: BertConfig,
  typeIds: Tensor | undefined,
): Tensor => {
  const length = ids.shape.at(-1);
  if (length === undefined || length > config.contextLength)
    throw new ShapeError({
      operation: "bert",
      rule: `takes ids (..., T) with T at most the context length ${config.contextLength}`,
      got: `[${ids.shape.join()}]`,
      fix: "cut the text, or read it in windows",
    });
  const { word, position, type, norm } = embeddings;
  const { padId, paddingWord = padId } = config;
  const places = embedding.apply(position, placesOf(ids, length, config), unlearned(padId));
  const words = embedding.apply(word, ids, unlearned(paddingWord));
  const typed =
    type === undefined
      ? words
      : words.add(embedding.apply(type, typeIds ?? zeros(ids.shape, { dtype: "int32" })));
  return applyNorm(norm, typed.add(places), config);
};

const run = (
  params: AnyBertParams,
  ids: Tensor,
  config: BertConfig,
  { typeIds, valid, key }: BertOptions,
  watched = false,
): BlocksResult => {
  checkBert(params, config);
  const [forEmbedding, forBlocks] = optionalKeys(key, 2);
  const dropping = { dropout: config.dropout, key: forEmbedding };
  const x = dropout(embed(params, ids, config, typeIds), dropping);
  const mask = valid === undefined ? undefined : masks.padding(valid);
  return applyAnyBlocks(params, x, config, { mask, watched }, forBlocks);
};

/**
 * BERT, RoBERTa (`roberta`) and DistilBERT (`distilbert`): an encoder whose tokens see the whole text, before and after them. Its heads are linear layers over what `apply` or `pool`
 * gives: `maskedWord` and next sentence for pretraining, classes of a text, labels of words, start and end of an answer.
 * Throws ShapeError for sequences longer than the context length; parameters are checked as those of `decoder`.
 * @see https://arxiv.org/abs/1810.04805
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { bert, bertConfig } from "@adjoint/models";
 * import { linear } from "@adjoint/nn";
 * const config = bertConfig({ vocabSize: 30, contextLength: 16, nEmbd: 8, nLayer: 2, nHead: 2 });
 * const params = bert.init(key(0), config);
 * const hidden = bert.apply(params, tensor([[2, 7, 3]], { dtype: "int32" }), config);
 * const pooled = bert.pool(bert.initPooler(key(1), config), hidden);
 * linear.apply(bert.initHead(key(2), config, 2), pooled).shape; // => [1, 2]
 * ```
 */
export const bert: Bert = {
  init: (key, config) => {
    checkBertConfig("bert.init", config);
    const { vocabSize, contextLength, typeCount, padId, nEmbd, initStd } = config;
    const [forWords, forPlaces, forTypes, forBlocks] = splitTuple(key, 4);
    const table = (own: Key, rows: number): EmbeddingParams =>
      embedding.init(own, { vocabSize: rows, features: nEmbd, tableInit: normalInit(initStd) });
    return {
      embeddings: {
        word: table(forWords, vocabSize),
        position: table(forPlaces, contextLength + (padId === undefined ? 0 : padId + 1)),
        ...(typeCount === 0 ? {} : { type: table(forTypes, typeCount) }),
        norm: initNorm(key, config),
      },
      blocks: initBlocks(forBlocks, config),
    };
  },
  check: (ids, config) => checkIds("bert.check", ids, config),
  apply: (params, ids, config, options = {}) => run(params, ids, config, options).x,
  attention: (params, ids, config, options = {}) =>
    run(params, ids, config, options, true).weights.map(({ own }) => own),
  stack: (params, config) => {
    checkBert(params, config);
    return stackBlocks("bert.stack", params, config);
  },
  unstack: (params) => unstackBlocks("bert.unstack", params),
  initMaskedWord: (key, config) => {
    const { vocabSize, tiedHead = true } = config;
    const [forDense, forScores] = tiedHead ? [key, key] : splitTuple(key, 2);
    return {
      dense: bert.initPooler(forDense, config),
      norm: initNorm(key, config),
      ...(tiedHead ? {} : { kernel: bert.initHead(forScores, config, vocabSize).kernel }),
      bias: zeros([vocabSize]),
    };
  },
  maskedWord: (head, params, hidden, config) => {
    checkMaskedWord(head, config);
    checkBert(params, config);
    const { dense, norm, kernel, bias } = head;
    const { embeddings } = params;
    const x = applyNorm(norm, gelu(linear.apply(dense, hidden)), config);
    return kernel === undefined
      ? embedding.attend(embeddings.word, x).add(bias)
      : linear.apply({ kernel, bias }, x);
  },
  initPooler: (key, config) => bert.initHead(key, config, config.nEmbd),
  pool: (pooler, hidden) => {
    const first = hidden.slice(
      hidden.shape.map(() => 0),
      hidden.shape.map((d, axis) => (axis === hidden.rank - 2 ? 1 : d)),
    );
    return tanh(linear.apply(pooler, first.squeeze(-2)));
  },
  initHead: (key, { nEmbd, initStd }, outputs) =>
    linear.init(key, {
      inFeatures: nEmbd,
      outFeatures: outputs,
      kernelInit: normalInit(initStd),
    }),
};
