// The benchmark's GPT in jax-js. Every use of an array but its last takes `.ref`: jax-js consumes its arguments.
import { nn, numpy as np, scipySpecial } from "@jax-js/jax";
import type { GptConfig } from "../../src/model/gpt.ts";

type Arr = np.Array;
export type Params = { [name: string]: Arr };

/** Layer normalization with a weight. */
export const norm = (x: Arr, weight: Arr): Arr => {
  const mean = x.ref.mean(-1, { keepdims: true });
  const centred = x.sub(mean);
  const variance = np.square(centred.ref).mean(-1, { keepdims: true });
  return centred.div(np.sqrt(variance.add(1e-5))).mul(weight);
};

/** erf. */
export const gelu = (x: Arr): Arr =>
  x.ref.mul(scipySpecial.erf(x.mul(Math.SQRT1_2)).add(1)).mul(0.5);

/** x (B, T, in) times a weight stored as (in, out). */
const linear = (x: Arr, weight: Arr): Arr => {
  const [b = 0, t = 0, c = 0] = x.shape;
  return np.dot(x.reshape([b * t, c]), weight).reshape([b, t, -1]);
};

const attention = (x: Arr, p: Params, prefix: string, heads: number): Arr => {
  const [b = 0, t = 0, c = 0] = x.shape;
  const qkv = linear(x, take(p, `${prefix}.c_attn.weight`)).reshape([b, t, 3, heads, c / heads]);
  const [q, k, v] = np.unstack(qkv, 2);
  const y = nn.dotProductAttention(q, k, v, { isCausal: true }); // (B, T, H, D)
  return linear(y.reshape([b, t, c]), take(p, `${prefix}.c_proj.weight`));
};

const take = (p: Params, name: string): Arr => {
  const value = p[name];
  if (value === undefined) throw new Error(`no parameter ${name}`);
  return value;
};

const block = (x: Arr, p: Params, prefix: string, heads: number): Arr => {
  const y = x.ref.add(
    attention(norm(x, take(p, `${prefix}.ln_1.weight`)), p, `${prefix}.attn`, heads),
  );
  const h = gelu(
    linear(norm(y.ref, take(p, `${prefix}.ln_2.weight`)), take(p, `${prefix}.mlp.c_fc.weight`)),
  );
  return y.add(linear(h, take(p, `${prefix}.mlp.c_proj.weight`)));
};

/** Mean cross-entropy; ids and targets are one-hot (B, T, V), the fastest lookup that jax-js differentiates. */
export const gptLoss = (p: Params, ids: Arr, targets: Arr, config: GptConfig): Arr => {
  const wte = take(p, "wte.weight");
  let x = linear(ids, wte.ref).add(take(p, "wpe.weight"));
  for (let i = 0; i < config.layers; i++) x = block(x, p, `h.${i}`, config.heads);
  const logits = linear(norm(x, take(p, "ln_f.weight")), wte.transpose());
  return nn
    .logSoftmax(logits)
    .mul(targets)
    .sum()
    .mul(-1 / (config.batch * config.block));
};
