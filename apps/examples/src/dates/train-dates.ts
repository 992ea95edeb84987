import { jit, take, type Tensor } from "@adjoint/core";
import { foldIn, type Key, randint, splitTuple } from "@adjoint/core/random";
import {
  seq2seq,
  type Seq2SeqConfig,
  type Seq2SeqParams,
  transformerConfig,
} from "@adjoint/models";
import { adam, emaParams, inverseSqrt } from "@adjoint/optim";
import { pretrain, train } from "@adjoint/recipes";
import type { CharTokenizer } from "@adjoint/tokenizers";
import type { DatePair } from "./date-pairs.ts";
import { dateRows, type DateRows, padId } from "./date-rows.ts";

/** Where training stands. */
export type DatesProgress = {
  readonly step: number;
  /** Loss of the last batch, label smoothing included. */
  readonly loss: number;
  /** The mean of the parameters so far. */
  readonly params: Seq2SeqParams;
};

/** Settings of `trainDates`. */
export type TrainDatesOptions = {
  readonly key: Key;
  readonly tokenizer: CharTokenizer;
  readonly steps: number;
  /** Steps between reports. */
  readonly every: number;
  readonly warmupSteps: number;
  readonly batchSize: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DatesProgress) => Promise<void>;
};

/** The Transformer of 2017, an eighth as wide and with 2 layers a side; without dropout, as every batch is new. */
export const datesConfig = ({ vocabSize }: CharTokenizer): Seq2SeqConfig =>
  transformerConfig({ vocabSize, nEmbd: 64, nLayer: 2, nHead: 4, dropout: 0 });

/** Random rows, each as likely as any other in every batch. */
const drawRows = jit(
  ({ source, target, labels }: DateRows, of: Key, count: number): DateRows => {
    const rows = randint(of, [count], 0, source.shape[0] ?? 0);
    const drawn = (array: Tensor): Tensor => take(array, rows, { axis: 0 });
    return { source: drawn(source), target: drawn(target), labels: drawn(labels) };
  },
  { staticArgnums: [2], name: "drawRows" },
);

const lossOf =
  (config: Seq2SeqConfig) =>
  (params: Seq2SeqParams, { source, target, labels }: DateRows): Tensor =>
    seq2seq.loss(params, source, target, labels, config, {
      sourceValid: source.notEqual(padId),
      labelSmoothing: 0.1,
    });

/**
 * Trains as the paper does: Adam with betas 0.9 and 0.98, linear warmup, then a decay with 1 / sqrt(step), smoothed labels. What
 * comes out is a moving mean of the parameters of some hundred steps, where the paper takes the mean of its last checkpoints.
 */
export const trainDates = async (
  pairs: readonly DatePair[],
  options: TrainDatesOptions,
): Promise<Seq2SeqParams> => {
  const { steps, every, warmupSteps, batchSize, signal, tokenizer, onProgress } = options;
  const [forParams, forBatches] = splitTuple(options.key, 2);
  const config = datesConfig(tokenizer);
  const peak = 1 / Math.sqrt(config.nEmbd * warmupSteps);
  const learningRate = inverseSqrt({ peak, warmupSteps });
  const rule = adam({ learningRate, b1: 0.9, b2: 0.98, eps: 1e-9 });
  const optimizer = emaParams(rule, { decay: 0.99 });
  const recipe = pretrain({ loss: lossOf(config), optimizer });
  const rows = dateRows(pairs, tokenizer);
  const batchAt = (step: number): DateRows => drawRows(rows, foldIn(forBatches, step), batchSize);
  const initial = recipe.init(seq2seq.init(forParams, config));
  let { params } = initial;
  const settings = { steps, every, batchAt, ...(signal === undefined ? {} : { signal }) };
  for await (const { step, loss, state } of train(recipe, initial, settings)) {
    params = optimizer.evalParams(state.optState, state.params);
    await onProgress?.({ step, loss, params });
  }
  return params;
};
