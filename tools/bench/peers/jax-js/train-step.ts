// One GPT training step in jax-js: forward, backward, clip and AdamW inside one jit.
import { type DType, jit, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import type { Create, Task, TrainingPart } from "../../src/engine/engine.ts";
import {
  adamw,
  batchAt,
  type GptConfig,
  initialValues,
  parameterSpecs,
  transposed,
} from "../../src/model/gpt.ts";
import { useDevice } from "./device.ts";
import { gptLoss, type Params } from "./gpt.ts";

export type State = { p: Params; m: Params; v: Params };

/** Matrices of linear layers are kept as (in, out); the two embeddings as they are. */
export const initial = (config: GptConfig): State => {
  const state: State = { p: {}, m: {}, v: {} };
  for (const spec of parameterSpecs(config)) {
    const inOut = spec.shape.length === 2 && spec.name.startsWith("h.");
    const values = inOut ? transposed(initialValues(spec), spec.shape) : initialValues(spec);
    const shape = inOut ? spec.shape.toReversed() : [...spec.shape];
    state.p[spec.name] = np.array(values, { shape });
    state.m[spec.name] = np.zeros(shape);
    state.v[spec.name] = np.zeros(shape);
  }
  return state;
};

/** One AdamW step of one parameter: its next value and averages. */
export const update = (
  p: np.Array,
  g: np.Array,
  m: np.Array,
  v: np.Array,
  scale: np.Array,
  corrections: [np.Array, np.Array],
) => {
  const { learningRate, beta1, beta2, eps, weightDecay } = adamw;
  const clipped = g.mul(scale);
  const m2 = m.mul(beta1).add(clipped.ref.mul(1 - beta1));
  const v2 = v.mul(beta2).add(np.square(clipped).mul(1 - beta2));
  const denominator = np.sqrt(v2.ref.div(corrections[1])).add(eps);
  const step = m2.ref.div(corrections[0]).div(denominator).mul(learningRate);
  const decay = p.shape.length === 2 ? 1 - learningRate * weightDecay : 1;
  return [p.mul(decay).sub(step), m2, v2] as const;
};

/** Uses up the batch, not the parameters. */
const lossOf =
  (config: GptConfig, ids: np.Array, targets: np.Array) =>
  (p: Params): np.Array => {
    const hot = (x: np.Array): np.Array => nn.oneHot(x, config.vocab);
    return gptLoss(p, hot(ids), hot(targets), config);
  };

const kept = (p: Params): Params =>
  Object.fromEntries(Object.entries(p).map(([k, x]) => [k, x.ref]));

const trainStep =
  (config: GptConfig) => (state: State, ids: np.Array, targets: np.Array, t: np.Array) => {
    const [value, grads] = valueAndGrad(lossOf(config, ids, targets))(kept(state.p));
    const squares = Object.values(grads).map((g) => np.square(g.ref).sum());
    const norm = np.sqrt(squares.reduce((a, b) => a.add(b)));
    const scale = np.minimum(np.reciprocal(norm.add(1e-6)).mul(adamw.clip), 1);
    const bias = (beta: number): np.Array =>
      np
        .exp(t.ref.mul(Math.log(beta)))
        .mul(-1)
        .add(1);
    const corrections: [np.Array, np.Array] = [bias(adamw.beta1), bias(adamw.beta2)];
    t.dispose();
    const next: State = { p: {}, m: {}, v: {} };
    for (const k of Object.keys(state.p)) {
      const both: [np.Array, np.Array] = [corrections[0].ref, corrections[1].ref];
      [next.p[k], next.m[k], next.v[k]] = update(
        state.p[k],
        grads[k],
        state.m[k],
        state.v[k],
        scale.ref,
        both,
      );
    }
    for (const x of [scale, ...corrections]) x.dispose();
    return { state: next, loss: value };
  };

/** Takes one batch after the other; gives the loss. */
type Step = (ids: np.Array, targets: np.Array, done: number) => np.Array;

const steps: Readonly<Record<TrainingPart, (config: GptConfig) => Step>> = {
  step: (config) => {
    const step = jit(trainStep(config));
    let state = initial(config);
    return (ids, targets, done) => {
      const out = step(state, ids, targets, np.array(done));
      state = out.state;
      return out.loss;
    };
  },
  gradients: (config) => {
    const { p } = initial(config);
    const step = jit((p: Params, ids: np.Array, targets: np.Array) => {
      const [loss, grads] = valueAndGrad(lossOf(config, ids, targets))(p);
      return { loss, grads };
    });
    let before: Params = {};
    return (ids, targets) => {
      tree.dispose(before); // only now: work whose results are dropped unread is not done
      const { loss, grads } = step(kept(p), ids, targets);
      before = grads;
      return loss;
    };
  },
  loss: (config) => {
    const { p } = initial(config);
    const loss = jit((p: Params, ids: np.Array, targets: np.Array) =>
      lossOf(config, ids, targets)(p),
    );
    return (ids, targets) => loss(kept(p), ids, targets);
  },
};

/** Variants: wasm, webgpu. */
export const create: Create = async (task: Task, variant) => {
  if (task.kind !== "train-step") throw new Error("train-step only");
  const { config, part = "step" } = task;
  await useDevice(variant);
  const step = steps[part](config);
  let done = 0;
  const int32: DType = np.int32;
  return {
    run: async (count) => {
      let last = Number.NaN;
      for (let i = 0; i < count; i++) {
        const { inputs, targets } = batchAt(config, done++);
        const shape = [config.batch, config.block];
        const ids = np.array(inputs, { shape, dtype: int32 });
        const loss = step(ids, np.array(targets, { shape, dtype: int32 }), done);
        [last = Number.NaN] = await loss.data();
      }
      return { loss: last };
    },
  };
};
