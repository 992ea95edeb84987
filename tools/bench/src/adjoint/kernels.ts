// Single kernels in Adjoint.
import {
  attention,
  gelu,
  jit,
  layerNorm,
  mean,
  softmax,
  softmaxCrossEntropy,
  take,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
} from "@adjoint/core";
import type { Engine } from "../engine/engine.ts";
import { inGroups } from "../engine/in-groups.ts";
import type { GptConfig } from "../model/gpt.ts";
import { ids, type KernelCase, operand } from "../model/kernels.ts";
import { type GptParams, initialParams } from "./gpt.ts";
import { adamwUpdate, initialState, type State } from "./training-engine.ts";

const input = (n: number, shape: readonly number[]): Tensor => tensor(operand(n, shape), { shape });

/** The result to look at, and those that nobody needs afterwards. */
interface Results {
  readonly look: Tensor;
  readonly owned: readonly Tensor[];
}

type Call = () => Results;

/** A kernel with fewer leaves the last ones alone. */
type Inputs = readonly [Tensor, Tensor, Tensor, Tensor];

/** `fn` gives the result to look at first. */
const onInputs = (
  fn: (...xs: Inputs) => readonly [Tensor, ...Tensor[]],
  shapes: readonly (readonly number[])[],
): Call => {
  const [a, b = a, c = a, d = a] = shapes.map((shape, n) => input(n, shape));
  if (a === undefined || b === undefined || c === undefined || d === undefined)
    throw new Error("no shapes");
  const compiled = jit(fn);
  return () => {
    const owned = compiled(a, b, c, d);
    return { look: owned[0], owned };
  };
};

const layerNormGrad = (rows: number, width: number): Call =>
  onInputs(
    (x, w, dy) => {
      const [y, pullback] = vjp((a: Tensor, b: Tensor) => layerNorm(a, b), x, w);
      const [dx, dw] = pullback(dy);
      return [dx, dw, y];
    },
    [[rows, width], [width], [rows, width]],
  );

const attentionGrad = (shape: readonly number[]): Call =>
  onInputs(
    (q, k, v, dy) => {
      const causal = (a: Tensor, b: Tensor, c: Tensor): Tensor =>
        attention(a, b, c, { causal: true });
      const [y, pullback] = vjp(causal, q, k, v);
      const [dq, dk, dv] = pullback(dy);
      return [dk, dq, dv, y];
    },
    [shape, shape, shape, shape],
  );

const crossEntropyGrad = (rows: number, vocab: number): Call => {
  const labels = tensor(ids(rows, vocab));
  const loss = (logits: Tensor): Tensor => mean(softmaxCrossEntropy(logits, labels));
  return onInputs(
    (logits) => {
      const [value, gradient] = valueAndGrad(loss)(logits);
      return [gradient, value];
    },
    [[rows, vocab]],
  );
};

const embeddingGrad = (rows: number, vocab: number, width: number): Call => {
  const looked = tensor(ids(rows, vocab));
  return onInputs(
    (table, dy) => {
      const [, pullback] = vjp((t: Tensor) => take(t, looked, { axis: 0 }), table);
      const [gradient] = pullback(dy);
      return [gradient];
    },
    [
      [vocab, width],
      [rows, width],
    ],
  );
};

const adamw = (config: GptConfig): Call => {
  const step = jit(adamwUpdate, { donateArgnums: [0] });
  const gradients: GptParams = initialParams(config, false);
  let state: State = initialState(initialParams(config, false));
  let t = 0;
  return () => {
    state = step(state, gradients, tensor(++t, { dtype: "float32" }));
    return { look: state.params.wte, owned: [] };
  };
};

const callOf = (kernel: KernelCase): Call => {
  switch (kernel.name) {
    case "matmul":
      return onInputs(
        (a, b) => [a.matmul(b)],
        [
          [kernel.m, kernel.k],
          [kernel.k, kernel.n],
        ],
      );
    case "linear-gelu":
      return onInputs(
        (x, w, b) => [gelu(x.matmul(w).add(b))],
        [[kernel.m, kernel.k], [kernel.k, kernel.n], [kernel.n]],
      );
    case "softmax":
      return onInputs((x) => [softmax(x)], [[kernel.rows, kernel.width]]);
    case "layernorm-grad":
      return layerNormGrad(kernel.rows, kernel.width);
    case "attention": {
      const shape = [kernel.batch, kernel.heads, kernel.block, kernel.width];
      return onInputs((q, k, v) => [attention(q, k, v, { causal: true })], [shape, shape, shape]);
    }
    case "attention-grad":
      return attentionGrad([kernel.batch, kernel.heads, kernel.block, kernel.width]);
    case "cross-entropy-grad":
      return crossEntropyGrad(kernel.rows, kernel.vocab);
    case "embedding-grad":
      return embeddingGrad(kernel.rows, kernel.vocab, kernel.width);
    case "adamw":
      return adamw(kernel.config);
  }
};

const finish = async (group: readonly Results[]): Promise<number> => {
  const look = group.at(-1)?.look;
  if (look === undefined) return Number.NaN;
  const element = look.slice(
    look.shape.map(() => 0),
    look.shape.map(() => 1),
  );
  const value = Number(await element.item());
  for (const x of [element, ...group.flatMap(({ owned }) => owned)]) x.dispose();
  return value;
};

/** One kernel on the current backend. */
export const kernelEngine = (kernel: KernelCase): Engine => {
  const call = callOf(kernel);
  return { run: (count) => inGroups(count, call, finish) };
};
