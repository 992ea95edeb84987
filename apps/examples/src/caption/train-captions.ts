import { jit, take, type Tensor } from "@adjoint/core";
import { foldIn, type Key, randint, splitTuple } from "@adjoint/core/random";
import { vlm, type VlmConfig, type VlmParams } from "@adjoint/models";
import { adamw, oneCycle } from "@adjoint/optim";
import { pretrain, train } from "@adjoint/recipes";
import { type AnswerRows, padId } from "./answer-rows.ts";
import { varyPictures } from "./vary-pictures.ts";

/** How long and how fast it learns. */
export type CaptionSchedule = {
  readonly steps: number;
  readonly batchSize: number;
  /** Largest learning rate of one cycle of AdamW. */
  readonly peak: number;
  readonly weightDecay: number;
  /** Whether pictures are moved, zoomed and mirrored at random. */
  readonly vary: boolean;
};

/** Where training stands. */
export type CaptionStanding = {
  readonly step: number;
  readonly loss: number;
  readonly params: VlmParams;
};

/** Random rows, each as likely as any other in every batch. */
const drawRows = jit(
  ({ images, ids, targets }: AnswerRows, key: Key, count: number, vary: boolean): AnswerRows => {
    const [forRows, forViews] = splitTuple(key, 2);
    const rows = randint(forRows, [count], 0, ids.shape[0] ?? 0);
    const drawn = (array: Tensor): Tensor => take(array, rows, { axis: 0 });
    const plain = drawn(images);
    return {
      images: vary ? varyPictures(plain, forViews) : plain,
      ids: drawn(ids),
      targets: drawn(targets),
    };
  },
  { staticArgnums: [2, 3], name: "drawRows" },
);

/** The loss of the characters of the answers. */
const lossOf =
  (config: VlmConfig) =>
  (params: VlmParams, { images, ids, targets }: AnswerRows): Tensor =>
    vlm.loss(params, ids, targets, images, config, { ignoreIndex: padId });

/** Trains tower, projector and decoder together, and tells where it stands every few steps. */
export async function* trainCaptions(
  key: Key,
  rows: AnswerRows,
  config: VlmConfig,
  options: {
    readonly schedule: CaptionSchedule;
    readonly every: number;
    readonly signal?: AbortSignal;
  },
): AsyncGenerator<CaptionStanding, void, undefined> {
  const { schedule, every, signal } = options;
  const { steps, batchSize, peak, weightDecay, vary } = schedule;
  const [forParams, forBatches] = splitTuple(key, 2);
  const recipe = pretrain({
    loss: lossOf(config),
    optimizer: adamw({
      learningRate: oneCycle({ peak, steps }),
      weightDecay,
      mask: ({ rank }) => rank >= 2,
    }),
  });
  const batchAt = (step: number): AnswerRows =>
    drawRows(rows, foldIn(forBatches, step), batchSize, vary);
  const start = recipe.init(vlm.init(forParams, config));
  const settings = { steps, every, batchAt, ...(signal === undefined ? {} : { signal }) };
  for await (const { step, loss, state } of train(recipe, start, settings))
    yield { step, loss, params: state.params };
}
