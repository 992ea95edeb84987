// Single kernels in jax-js. Every use of an array but its last takes `.ref`: jax-js consumes its arguments.
import { blockUntilReady, jit, nn, numpy as np, valueAndGrad, vjp } from "@jax-js/jax";
import type { Create } from "../../src/engine/engine.ts";
import { inGroups } from "../../src/engine/in-groups.ts";
import { adamw, type GptConfig } from "../../src/model/gpt.ts";
import { ids, type KernelCase, operand } from "../../src/model/kernels.ts";
import { useDevice } from "./device.ts";
import { gelu, norm } from "./gpt.ts";
import { initial, type State, update } from "./train-step.ts";

type Arr = np.Array;

/** The result to look at comes first; all belong to the caller. */
type Call = () => Arr[];

const onInputs = (fn: (...xs: Arr[]) => Arr[], shapes: readonly number[][]): Call => {
  const inputs = shapes.map((shape, n) => np.array(operand(n, shape), { shape }));
  const compiled = jit(fn);
  return () => compiled(...inputs.map((x) => x.ref));
};

const labels = (rows: number, vocab: number): Arr =>
  np.array(ids(rows, vocab), { shape: [rows], dtype: np.int32 });

/** (B, H, T, D) as jax-js has it, (B, T, H, D), and back. */
const turned = (x: Arr): Arr => x.transpose([0, 2, 1, 3]);
const causal = (q: Arr, k: Arr, v: Arr): Arr =>
  turned(nn.dotProductAttention(turned(q), turned(k), turned(v), { isCausal: true }));

const attentionGrad = (shape: number[]): Call =>
  onInputs(
    (q, k, v, dy) => {
      const [y, pullback] = vjp(causal, [q, k, v]);
      const [dq, dk, dv] = pullback(dy) as Arr[];
      return [dk, dq, dv, y];
    },
    [shape, shape, shape, shape],
  );

const layerNormGrad = (rows: number, width: number): Call =>
  onInputs(
    (x, w, dy) => {
      const [y, pullback] = vjp(norm, [x, w]);
      const [dx, dw] = pullback(dy) as Arr[];
      return [dx, dw, y];
    },
    [[rows, width], [width], [rows, width]],
  );

const crossEntropyGrad = (rows: number, vocab: number): Call => {
  const targets = labels(rows, vocab);
  const step = onInputs(
    (x) => {
      const hot = nn.oneHot(targets.ref, vocab);
      const loss = (logits: Arr): Arr =>
        nn
          .logSoftmax(logits)
          .mul(hot)
          .sum()
          .mul(-1 / rows);
      const [value, gradient] = valueAndGrad(loss)(x);
      return [gradient, value];
    },
    [[rows, vocab]],
  );
  return step;
};

const embeddingGrad = (rows: number, vocab: number, width: number): Call => {
  const looked = labels(rows, vocab);
  return onInputs(
    (table, dy) => {
      const [y, pullback] = vjp((t: Arr) => np.take(t, looked.ref, 0), [table]);
      y.dispose();
      return pullback(dy);
    },
    [
      [vocab, width],
      [rows, width],
    ],
  );
};

const adamwCall = (config: GptConfig): Call => {
  let state: State = initial(config);
  const gradients = initial(config).p;
  let done = 0;
  const step = jit((before: State, g: State["p"], t: Arr) => {
    const bias = (beta: number): Arr =>
      np
        .exp(t.ref.mul(Math.log(beta)))
        .mul(-1)
        .add(1);
    const corrections: [Arr, Arr] = [bias(adamw.beta1), bias(adamw.beta2)];
    t.dispose();
    const next: State = { p: {}, m: {}, v: {} };
    for (const k of Object.keys(before.p)) {
      const both: [Arr, Arr] = [corrections[0].ref, corrections[1].ref];
      [next.p[k], next.m[k], next.v[k]] = update(
        before.p[k],
        g[k],
        before.m[k],
        before.v[k],
        np.array(1),
        both,
      );
    }
    for (const x of corrections) x.dispose();
    return next;
  });
  return () => {
    const g = Object.fromEntries(Object.entries(gradients).map(([k, x]) => [k, x.ref]));
    state = step(state, g, np.array(++done));
    return [state.p["wte.weight"].ref];
  };
};

const callOf = (kernel: KernelCase): Call => {
  switch (kernel.name) {
    case "matmul":
      return onInputs(
        (a, b) => [np.matmul(a, b)],
        [
          [kernel.m, kernel.k],
          [kernel.k, kernel.n],
        ],
      );
    case "linear-gelu":
      return onInputs(
        (x, w, b) => [gelu(np.matmul(x, w).add(b))],
        [[kernel.m, kernel.k], [kernel.k, kernel.n], [kernel.n]],
      );
    case "softmax":
      return onInputs((x) => [nn.softmax(x)], [[kernel.rows, kernel.width]]);
    case "layernorm-grad":
      return layerNormGrad(kernel.rows, kernel.width);
    case "attention": {
      const shape = [kernel.batch, kernel.heads, kernel.block, kernel.width];
      return onInputs((q, k, v) => [causal(q, k, v)], [shape, shape, shape]);
    }
    case "attention-grad":
      return attentionGrad([kernel.batch, kernel.heads, kernel.block, kernel.width]);
    case "cross-entropy-grad":
      return crossEntropyGrad(kernel.rows, kernel.vocab);
    case "embedding-grad":
      return embeddingGrad(kernel.rows, kernel.vocab, kernel.width);
    case "adamw":
      return adamwCall(kernel.config);
  }
};

/** Work whose results are dropped before they were asked for is not done, so every result is waited for. */
const finish = async (group: readonly Arr[][]): Promise<number> => {
  await blockUntilReady(group.map(([first]) => first));
  const [last] = group.at(-1) ?? [];
  const [value = Number.NaN] = await last.ref.ravel().slice([0, 1]).data();
  for (const x of group.flat()) x.dispose();
  return value;
};

export const create: Create = async (task, variant) => {
  if (task.kind !== "kernel") throw new Error("kernels only");
  await useDevice(variant);
  const call = callOf(task.kernel);
  return { run: (count) => inGroups(count, call, finish) };
};
