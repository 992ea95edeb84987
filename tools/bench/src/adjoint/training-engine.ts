// One GPT training step in Adjoint: forward, backward, clip and AdamW in one jit.
import {
  jit,
  minimum,
  ones,
  type Tensor,
  tensor,
  tril,
  valueAndGrad,
  zerosLike,
} from "@adjoint/core";
import * as tree from "@adjoint/core/tree";
import type { Engine, TrainingPart } from "../engine/engine.ts";
import { adamw, batchAt, type GptConfig } from "../model/gpt.ts";
import {
  type Attend,
  fusedAttention,
  type GptParams,
  gptLoss,
  initialParams,
  maskedAttention,
} from "./gpt.ts";

/** Parameters and the two averages of AdamW. */
export type State = { readonly params: GptParams; readonly m: GptParams; readonly v: GptParams };

/** The state before the first step. */
export const initialState = (params: GptParams): State => ({
  params,
  m: tree.map(zerosLike, params),
  v: tree.map(zerosLike, params),
});

/** Matrices decay, the weights of norms do not. */
const decayOf = (path: string): number =>
  /norm|ln_/.test(path) ? 1 : 1 - adamw.learningRate * adamw.weightDecay;

const clipped = (grads: GptParams): GptParams => {
  const total = tree.reduce((sum: Tensor, g: Tensor) => sum.add(g.mul(g).sum()), tensor(0), grads);
  const scale = minimum(total.sqrt().add(1e-6).pow(-1).mul(adamw.clip), 1);
  return tree.map((g: Tensor) => g.mul(scale), grads);
};

/** The state after AdamW's step number `t`, which starts at 1. */
export const adamwUpdate = (state: State, g: GptParams, t: Tensor): State => {
  const { learningRate, beta1, beta2, eps } = adamw;
  const average =
    (beta: number) =>
    (old: Tensor, next: Tensor): Tensor =>
      old.mul(beta).add(next.mul(1 - beta));
  const m = tree.map(average(beta1), state.m, g);
  const v = tree.map(
    (old: Tensor, next: Tensor) => average(beta2)(old, next.mul(next)),
    state.v,
    g,
  );
  const [bias1, bias2] = [beta1, beta2].map((beta) => tensor(beta).pow(t).neg().add(1));
  const rate = tensor(learningRate).div(bias1 ?? 1);
  const moved = tree.map(
    (a: Tensor, b: Tensor) =>
      a.mul(rate).div(
        b
          .div(bias2 ?? 1)
          .sqrt()
          .add(eps),
      ),
    m,
    v,
  );
  const kept = tree.mapWithPath((path: string, p: Tensor) => p.mul(decayOf(path)), state.params);
  return { params: tree.map((p: Tensor, step: Tensor) => p.sub(step), kept, moved), m, v };
};

/** A batch: ids and targets, (B, T) each. */
type Batch = readonly [ids: Tensor, targets: Tensor];
type Loss = (params: GptParams, ...batch: Batch) => Tensor;

/** How the engine is to be made. */
export interface TrainingSettings {
  readonly config: GptConfig;
  readonly part?: TrainingPart;
  /** Blocks by `scan`. */
  readonly scanned?: boolean;
  /** Attention as the one operation that it is, for backends with a kernel for it. */
  readonly fused?: boolean;
}

/** The loss of a batch as a function of the parameters. */
export const lossOf = ({ config, fused = false }: TrainingSettings): Loss => {
  const { block } = config;
  const attend = (): Attend =>
    fused ? fusedAttention : maskedAttention(tril(ones([block, block])).greater(0));
  return (params, ids, targets) => gptLoss(params, ids, targets, attend(), config);
};

/** One step after the other; gives the loss. */
type Step = (batch: Batch, done: number) => Tensor;

const wholeStep = (loss: Loss, params: GptParams): Step => {
  const lossAndGrads = valueAndGrad(loss);
  const step = jit(
    (state: State, ids: Tensor, targets: Tensor, t: Tensor): { state: State; loss: Tensor } => {
      const [value, grads] = lossAndGrads(state.params, ids, targets);
      return { state: adamwUpdate(state, clipped(grads), t), loss: value };
    },
    { donateArgnums: [0] },
  );
  let state = initialState(params);
  return (batch, done) => {
    const out = step(state, ...batch, tensor(done, { dtype: "float32" }));
    state = out.state;
    return out.loss;
  };
};

const gradientStep = (loss: Loss, params: GptParams): Step => {
  const step = jit(valueAndGrad(loss));
  return (batch) => {
    const [value, grads] = step(params, ...batch);
    tree.map((g: Tensor) => g.dispose(), grads);
    return value;
  };
};

const lossStep = (loss: Loss, params: GptParams): Step => {
  const step = jit(loss);
  return (batch) => step(params, ...batch);
};

const parts: Readonly<Record<TrainingPart, (loss: Loss, params: GptParams) => Step>> = {
  step: wholeStep,
  gradients: gradientStep,
  loss: lossStep,
};

/** The engine on the current backend; every step reads its loss. */
export const trainingEngine = (settings: TrainingSettings): Engine => {
  const { config, part = "step", scanned = false } = settings;
  const step = parts[part](lossOf(settings), initialParams(config, scanned));
  const shape = [config.batch, config.block];
  let done = 0;
  return {
    run: async (count) => {
      let last: number | boolean = Number.NaN;
      for (let i = 0; i < count; i++) {
        const { inputs, targets } = batchAt(config, done++);
        const batch: Batch = [tensor(inputs, { shape }), tensor(targets, { shape })];
        last = await step(batch, done).item();
      }
      return { loss: Number(last) };
    },
  };
};
