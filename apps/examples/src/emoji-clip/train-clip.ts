import { jit } from "@adjoint/core";
import { foldIn, type Key } from "@adjoint/core/random";
import { clip, type ClipConfig, type ClipParams } from "@adjoint/models";
import { adamw, oneCycle } from "@adjoint/optim";
import { pretrain, train } from "@adjoint/recipes";
import type { Emoji } from "../emoji/emoji.ts";
import { type PairBatch, type PairOptions, variedBatches, wholePairs } from "./pair-batches.ts";
import { type Retrieval, retrievalOf, transposed } from "./retrieval.ts";

/** How long and how fast the two towers learn. */
export type ClipSchedule = {
  readonly epochs: number;
  readonly batchSize: number;
  /** Largest learning rate of one cycle of AdamW. */
  readonly peak: number;
  readonly weightDecay: number;
};

/** Retrieval of captions by pictures, and of pictures by captions. */
export type BothWays = { readonly imageToText: Retrieval; readonly textToImage: Retrieval };

/** A function that measures retrieval among emoji, each against all others. */
export const retrievalMeter = (
  config: ClipConfig,
): ((params: ClipParams, emoji: readonly Emoji[], options: PairOptions) => Promise<BothWays>) => {
  const compare = jit(
    (params: ClipParams, { ids, images }: PairBatch) => clip.apply(params, ids, images, config),
    { name: "similarities" },
  );
  return async (params, emoji, options) => {
    const byText = Float32Array.from(await compare(params, wholePairs(emoji, options)).data());
    return {
      imageToText: retrievalOf(transposed(byText, emoji.length), emoji.length),
      textToImage: retrievalOf(byText, emoji.length),
    };
  };
};

/** Where training stands. */
export type ClipStanding = {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly params: ClipParams;
};

/** Steps of a schedule on so many emoji. */
export const clipSteps = (count: number, { epochs, batchSize }: ClipSchedule): number =>
  Math.floor(count / batchSize) * epochs;

/** Trains on varied pictures and captions, and tells where it stands every few steps. */
export async function* trainClip(
  key: Key,
  emoji: readonly Emoji[],
  config: ClipConfig,
  options: PairOptions & {
    readonly schedule: ClipSchedule;
    readonly every: number;
    readonly signal?: AbortSignal;
  },
): AsyncGenerator<ClipStanding, void, undefined> {
  const { schedule, every, signal } = options;
  const { peak, weightDecay } = schedule;
  const steps = clipSteps(emoji.length, schedule);
  const learningRate = oneCycle({ peak, steps });
  const recipe = pretrain({
    loss: (params: ClipParams, { ids, images }: PairBatch) =>
      clip.loss(params, ids, images, config),
    optimizer: adamw({ learningRate, weightDecay, mask: ({ rank }) => rank >= 2 }),
  });
  const batchAt = await variedBatches(foldIn(key, 1), emoji, { ...options, ...schedule });
  const start = recipe.init(clip.init(foldIn(key, 0), config));
  const settings = { steps, every, batchAt, ...(signal === undefined ? {} : { signal }) };
  for await (const { step, loss, state } of train(recipe, start, settings))
    yield { step, steps, loss, params: state.params };
}
