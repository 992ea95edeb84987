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
import type { Create } from "../engine/engine.ts";
import { adamw, batchAt, type GptConfig } from "../model/gpt.ts";
import { useBackend } from "./backend.ts";
import { engineClock } from "./engine-clock.ts";
import { type GptParams, gptLoss, initialParams } from "./gpt.ts";

type State = { readonly params: GptParams; readonly m: GptParams; readonly v: GptParams };

/** Matrices decay, the weights of norms do not. */
const decayOf = (path: string): number =>
  /norm|ln_/.test(path) ? 1 : 1 - adamw.learningRate * adamw.weightDecay;

const clipped = (grads: GptParams): GptParams => {
  const total = tree.reduce((sum: Tensor, g: Tensor) => sum.add(g.mul(g).sum()), tensor(0), grads);
  const scale = minimum(total.sqrt().add(1e-6).pow(-1).mul(adamw.clip), 1);
  return tree.map((g: Tensor) => g.mul(scale), grads);
};

/** The state after step number `t`, which starts at 1. */
const update = (state: State, grads: GptParams, t: Tensor): State => {
  const { learningRate, beta1, beta2, eps } = adamw;
  const g = clipped(grads);
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

const trainStep = (config: GptConfig) => {
  const lossAndGrads = valueAndGrad((params: GptParams, ids: Tensor, targets: Tensor) => {
    const mask = tril(ones([config.block, config.block])).greater(0);
    return gptLoss(params, ids, targets, mask, config);
  });
  const step = (
    state: State,
    ids: Tensor,
    targets: Tensor,
    t: Tensor,
  ): { state: State; loss: Tensor } => {
    const [loss, grads] = lossAndGrads(state.params, ids, targets);
    return { state: update(state, grads, t), loss };
  };
  return jit(step, { donateArgnums: [0] });
};

/** Variants: onnx, onnx-scan (blocks by `scan`), wasm, reference. */
export const create: Create = async (task, variant) => {
  if (task.kind !== "train-step") throw new Error("train-step only");
  const { config } = task;
  const clock = variant.startsWith("onnx") ? engineClock() : undefined;
  await useBackend(variant);
  const step = trainStep(config);
  const params = initialParams(config, variant.endsWith("-scan"));
  let state: State = { params, m: tree.map(zerosLike, params), v: tree.map(zerosLike, params) };
  let done = 0;
  return {
    run: async (count) => {
      let last: number | boolean = Number.NaN;
      const before = clock?.() ?? 0;
      for (let i = 0; i < count; i++) {
        const { inputs, targets } = batchAt(config, done++);
        const shape = [config.batch, config.block];
        const out = step(
          state,
          tensor(inputs, { shape }),
          tensor(targets, { shape }),
          tensor(done, { dtype: "float32" }),
        );
        state = out.state;
        last = await out.loss.item();
      }
      const loss = Number(last);
      return clock === undefined ? { loss } : { loss, engineSeconds: clock() - before };
    },
  };
};
