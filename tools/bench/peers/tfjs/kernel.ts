// Single kernels in TensorFlow.js, eager.
import * as tf from "@tensorflow/tfjs-core";
import type { Create } from "../../src/engine/engine.ts";
import { inGroups } from "../../src/engine/in-groups.ts";
import type { GptConfig } from "../../src/model/gpt.ts";
import { ids, type KernelCase, operand } from "../../src/model/kernels.ts";
import { ready } from "./backend.ts";
import { gelu, norm } from "./gpt.ts";
import { causal, initial, update } from "./train-step.ts";

/** The result to look at comes first; `tidy` keeps what is given. */
type Call = () => tf.Tensor[];

const onInputs = (fn: (...xs: tf.Tensor[]) => tf.Tensor[], shapes: readonly number[][]): Call => {
  const inputs = shapes.map((shape, n) => tf.tensor(operand(n, shape), shape));
  return () => tf.tidy(() => fn(...inputs));
};

const attend =
  (mask: tf.Tensor, width: number) =>
  (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor): tf.Tensor => {
    const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(width));
    return tf.matMul(tf.softmax(tf.add(scores, mask)), v);
  };

const crossEntropyGrad = (rows: number, vocab: number): Call => {
  const targets = tf.tensor1d(ids(rows, vocab), "int32");
  return onInputs(
    (x) => {
      const hot = tf.cast(tf.oneHot(targets, vocab), "float32");
      const loss = (logits: tf.Tensor): tf.Scalar =>
        tf.mul(tf.sum(tf.mul(tf.logSoftmax(logits), hot)), -1 / rows);
      const { value, grad } = tf.valueAndGrad(loss)(x);
      return [grad, value];
    },
    [[rows, vocab]],
  );
};

const adamwCall = (config: GptConfig): Call => {
  const slots = initial(config);
  const gradients = new Map([...initial(config)].map(([k, { p }]) => [k, p]));
  const one = tf.scalar(1);
  let t = 0;
  return () =>
    tf.tidy(() => {
      t++;
      for (const [k, slot] of slots) {
        const g = gradients.get(k);
        if (g !== undefined) update(slot, g, one, t);
      }
      return [...slots.values()].slice(0, 1).map(({ p }) => tf.clone(p));
    });
};

const callOf = (kernel: KernelCase): Call => {
  switch (kernel.name) {
    case "matmul":
      return onInputs(
        (a, b) => [tf.matMul(a, b)],
        [
          [kernel.m, kernel.k],
          [kernel.k, kernel.n],
        ],
      );
    case "linear-gelu":
      return onInputs(
        (x, w, b) => [gelu(tf.add(tf.matMul(x, w), b))],
        [[kernel.m, kernel.k], [kernel.k, kernel.n], [kernel.n]],
      );
    case "softmax":
      return onInputs((x) => [tf.softmax(x)], [[kernel.rows, kernel.width]]);
    case "layernorm-grad": {
      const { rows, width } = kernel;
      return onInputs(
        (x, w, dy) => tf.grads(norm)([x, w], dy),
        [[rows, width], [width], [rows, width]],
      );
    }
    case "attention":
    case "attention-grad": {
      const { batch, heads, block, width } = kernel;
      const shape = [batch, heads, block, width];
      const f = attend(causal(block), width);
      if (kernel.name === "attention")
        return onInputs((q, k, v) => [f(q, k, v)], [shape, shape, shape]);
      return onInputs(
        (q, k, v, dy) => {
          const [dq, dk, dv] = tf.grads(f)([q, k, v], dy);
          return [dk, dq, dv];
        },
        [shape, shape, shape, shape],
      );
    }
    case "cross-entropy-grad":
      return crossEntropyGrad(kernel.rows, kernel.vocab);
    case "embedding-grad": {
      const looked = tf.tensor1d(ids(kernel.rows, kernel.vocab), "int32");
      const shapes = [
        [kernel.vocab, kernel.width],
        [kernel.rows, kernel.width],
      ];
      return onInputs((table, dy) => [tf.grad((t) => tf.gather(t, looked))(table, dy)], shapes);
    }
    case "adamw":
      return adamwCall(kernel.config);
  }
};

const finish = async (group: readonly tf.Tensor[][]): Promise<number> => {
  const [last] = group.at(-1) ?? [];
  const element = tf.tidy(() => tf.slice(tf.reshape(last, [-1]), [0], [1]));
  const [value = Number.NaN] = await element.data();
  tf.dispose([element, group]);
  return value;
};

export const create: Create = async (task, variant) => {
  if (task.kind !== "kernel") throw new Error("kernels only");
  await ready(variant);
  // small operands are otherwise computed on the CPU
  if (variant === "webgpu") tf.env().set("WEBGPU_CPU_HANDOFF_SIZE_THRESHOLD", 0);
  const call = callOf(task.kernel);
  return { run: (count) => inGroups(count, call, finish) };
};
