// One GPT training step in TensorFlow.js, eager: forward, backward, clip and AdamW.
import * as tf from "@tensorflow/tfjs-core";
import type { Create, TrainingPart } from "../../src/engine/engine.ts";
import {
  adamw,
  batchAt,
  type GptConfig,
  initialValues,
  parameterSpecs,
  transposed,
} from "../../src/model/gpt.ts";
import { ready } from "./backend.ts";
import { gptLoss } from "./gpt.ts";

interface Slot {
  readonly p: tf.Variable;
  readonly m: tf.Variable;
  readonly v: tf.Variable;
}

/** Matrices of linear layers are kept as (in, out); the two embeddings as they are. */
export const initial = (config: GptConfig): Map<string, Slot> =>
  new Map(
    parameterSpecs(config).map((spec) => {
      const inOut = spec.shape.length === 2 && spec.name.startsWith("h.");
      const values = inOut ? transposed(initialValues(spec), spec.shape) : initialValues(spec);
      const p = tf.tensor(values, inOut ? spec.shape.toReversed() : [...spec.shape]);
      const zero = (): tf.Variable => tf.variable(tf.zerosLike(p), false);
      return [spec.name, { p: tf.variable(p), m: zero(), v: zero() }];
    }),
  );

/** One AdamW step of one parameter, in place. */
export const update = ({ p, m, v }: Slot, grad: tf.Tensor, scale: tf.Tensor, t: number): void => {
  const { learningRate, beta1, beta2, eps, weightDecay } = adamw;
  const g = tf.mul(grad, scale);
  m.assign(tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1)));
  v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2)));
  const denominator = tf.add(tf.sqrt(tf.div(v, 1 - beta2 ** t)), eps);
  const step = tf.mul(tf.div(m, denominator), learningRate / (1 - beta1 ** t));
  p.assign(tf.sub(p.rank === 2 ? tf.mul(p, 1 - learningRate * weightDecay) : p, step));
};

type Slots = ReadonlyMap<string, Slot>;

const lossOf = (slots: Slots, mask: tf.Tensor, config: GptConfig, done: number): tf.Scalar => {
  const { inputs, targets } = batchAt(config, done);
  const shape: [number, number] = [config.batch, config.block];
  const hot = (x: Int32Array): tf.Tensor => tf.oneHot(tf.tensor2d(x, shape, "int32"), config.vocab);
  const params = new Map([...slots].map(([k, { p }]) => [k, p]));
  return gptLoss(params, hot(inputs), tf.cast(hot(targets), "float32"), mask, config);
};

type Step = (slots: Slots, mask: tf.Tensor, config: GptConfig, done: number) => tf.Scalar;

const gradients = (slots: Slots, mask: tf.Tensor, config: GptConfig, done: number) =>
  tf.variableGrads(() => lossOf(slots, mask, config, done));

const trainStep: Step = (slots, mask, config, done) => {
  const { value, grads } = gradients(slots, mask, config, done);
  const squares = Object.values(grads).map((g) => tf.sum(tf.square(g)));
  // not addN: its WebGPU kernel binds every term, more than a device allows, and computes nothing
  const norm = tf.sqrt(tf.sum(tf.stack(squares)));
  const scale = tf.minimum(tf.div(adamw.clip, tf.add(norm, 1e-6)), 1);
  for (const slot of slots.values()) {
    const grad = grads[slot.p.name];
    if (grad !== undefined) update(slot, grad, scale, done + 1);
  }
  return value;
};

const steps: Readonly<Record<TrainingPart, Step>> = {
  step: trainStep,
  gradients: (...args) => gradients(...args).value,
  loss: lossOf,
};

/** 0 where a position may look, a large negative number where it may not, (T, T). */
export const causal = (size: number): tf.Tensor =>
  tf.tensor2d(
    Float32Array.from({ length: size * size }, (_, i) =>
      i % size > Math.floor(i / size) ? -1e9 : 0,
    ),
    [size, size],
  );

export const create: Create = async (task, variant) => {
  if (task.kind !== "train-step") throw new Error("train-step only");
  const { config, part = "step" } = task;
  await ready(variant);
  const slots = initial(config);
  const mask = causal(config.block);
  let done = 0;
  return {
    run: async (count) => {
      let last = Number.NaN;
      for (let i = 0; i < count; i++) {
        const loss = tf.tidy(() => steps[part](slots, mask, config, done++));
        [last = Number.NaN] = await loss.data();
        loss.dispose();
      }
      return { loss: last };
    },
  };
};
