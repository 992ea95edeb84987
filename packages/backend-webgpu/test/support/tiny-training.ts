import { jit, type Tensor, valueAndGrad } from "@adjoint/core";
import { key, randint } from "@adjoint/core/random";
import * as tree from "@adjoint/core/tree";
import { gpt, gptConfig, type GptOptions, type GptParams } from "@adjoint/nn";
import {
  adamw,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  type GradientTransformation,
  type OptState,
  warmupCosineDecay,
} from "@adjoint/optim";
import { pretrain, type TrainRecipe } from "@adjoint/recipes";

/** Ids and targets (B, T). */
export type Batch = readonly [ids: Tensor, targets: Tensor];

/** A model with its training: everything that a test needs to run it. */
export type Training = {
  /** The same parameters on every backend. */
  readonly params: () => GptParams;
  readonly batch: (step: number) => Batch;
  /** Compiled steps that take their state over. */
  readonly recipe: TrainRecipe<GptParams, Batch>;
  /** A compiled step that leaves its state as it is. */
  readonly keeping: (params: GptParams, state: OptState, batch: Batch) => Kept;
  readonly optimizer: GradientTransformation;
};

/** Parameters, state of the optimizer and loss. */
export type Kept = readonly [params: GptParams, state: OptState, loss: Tensor];

const optimizerFor = (): GradientTransformation =>
  chain(
    clipByGlobalNorm(0.5),
    adamw({
      learningRate: warmupCosineDecay({ peak: 1e-2, warmupSteps: 5, decaySteps: 40, end: 1e-3 }),
      weightDecay: 0.1,
      mask: gpt.decays,
    }),
  );

/** A GPT of these sizes and how it is trained, on batches of `rows` sequences. */
export const trainingOf = (options: GptOptions, rows: number): Training => {
  const config = gptConfig(options);
  const { vocabSize, blockSize } = config;
  const loss = (params: GptParams, [ids, targets]: Batch): Tensor =>
    gpt.loss(params, ids, targets, config);
  const optimizer = optimizerFor();
  const keeping = jit((params: GptParams, state: OptState, batch: Batch): Kept => {
    const [value, grads] = valueAndGrad(loss)(params, batch);
    const [updates, next] = optimizer.update(grads, state, params);
    return [applyUpdates(params, updates), next, value];
  });
  return {
    params: () => gpt.init(key(3), config),
    batch: (step) => {
      const text = randint(key(1000 + step), [rows, blockSize + 1], 0, vocabSize);
      return [text.slice([0, 0], [rows, blockSize]), text.slice([0, 1], [rows, blockSize + 1])];
    },
    recipe: pretrain({ loss, optimizer }),
    keeping: keeping as unknown as Training["keeping"],
    optimizer,
  };
};

/** Every number of a tree of tensors. */
export const contentsOf = async (of: unknown): Promise<readonly number[]> => {
  const leaves = tree.leaves(of as readonly Tensor[]) as unknown as readonly Tensor[];
  return (await Promise.all(leaves.map((x) => x.data()))).flatMap((data) => [...data]);
};
