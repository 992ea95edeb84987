// The benchmark's GPT in TensorFlow.js.
import * as tf from "@tensorflow/tfjs-core";
import type { GptConfig } from "../../src/model/gpt.ts";

export type Params = ReadonlyMap<string, tf.Variable>;

const get = (p: Params, name: string): tf.Tensor => {
  const value = p.get(name);
  if (value === undefined) throw new Error(`no parameter ${name}`);
  return value;
};

/** Layer normalization with a weight. */
export const norm = (x: tf.Tensor, weight: tf.Tensor): tf.Tensor => {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  return tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5))), weight);
};

/** erf. */
export const gelu = (x: tf.Tensor): tf.Tensor =>
  tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));

/** x (B, T, in) times a weight stored as (in, out). */
const linear = (x: tf.Tensor, weight: tf.Tensor): tf.Tensor => {
  const [b = 0, t = 0, c = 0] = x.shape;
  const flat = tf.reshape(x, [b * t, c]);
  return tf.reshape(tf.matMul(flat, weight), [b, t, weight.shape[1] ?? 0]);
};

const attention = (
  x: tf.Tensor,
  p: Params,
  prefix: string,
  heads: number,
  mask: tf.Tensor,
): tf.Tensor => {
  const [b = 0, t = 0, c = 0] = x.shape;
  const split = (y: tf.Tensor): tf.Tensor =>
    tf.transpose(tf.reshape(y, [b, t, heads, c / heads]), [0, 2, 1, 3]);
  const [q, k, v] = tf.split(linear(x, get(p, `${prefix}.c_attn.weight`)), 3, 2).map(split); // (B, H, T, D)
  const scores = tf.mul(tf.matMul(q, k, false, true), Math.sqrt(heads / c));
  const y = tf.matMul(tf.softmax(tf.add(scores, mask)), v);
  return linear(
    tf.reshape(tf.transpose(y, [0, 2, 1, 3]), [b, t, c]),
    get(p, `${prefix}.c_proj.weight`),
  );
};

const block = (
  x: tf.Tensor,
  p: Params,
  prefix: string,
  heads: number,
  mask: tf.Tensor,
): tf.Tensor => {
  const y = tf.add(
    x,
    attention(norm(x, get(p, `${prefix}.ln_1.weight`)), p, `${prefix}.attn`, heads, mask),
  );
  const h = gelu(
    linear(norm(y, get(p, `${prefix}.ln_2.weight`)), get(p, `${prefix}.mlp.c_fc.weight`)),
  );
  return tf.add(y, linear(h, get(p, `${prefix}.mlp.c_proj.weight`)));
};

/** Mean cross-entropy; ids and targets are one-hot (B, T, V): the WASM backend has no gradient of gather. */
export const gptLoss = (
  p: Params,
  ids: tf.Tensor,
  targets: tf.Tensor,
  mask: tf.Tensor,
  config: GptConfig,
): tf.Scalar => {
  const wte = get(p, "wte.weight");
  let x = tf.add(linear(ids, wte), get(p, "wpe.weight"));
  for (let i = 0; i < config.layers; i++) x = block(x, p, `h.${i}`, config.heads, mask);
  const logits = linear(norm(x, get(p, "ln_f.weight")), tf.transpose(wte));
  return tf.mul(tf.sum(tf.mul(tf.logSoftmax(logits), targets)), -1 / (config.batch * config.block));
};
