// The benchmark's GPT in Adjoint. Matrices of linear layers are (in, out), the two embeddings (rows, width).
import {
  attention,
  gelu,
  layerNorm,
  mean,
  scan,
  softmax,
  softmaxCrossEntropy,
  split,
  stack,
  take,
  type Tensor,
  tensor,
  where,
} from "@adjoint/core";
import { type GptConfig, initialValues, parameterSpecs, transposed } from "../model/gpt.ts";

export type BlockParams = {
  readonly "ln_1.weight": Tensor;
  readonly "attn.c_attn.weight": Tensor;
  readonly "attn.c_proj.weight": Tensor;
  readonly "ln_2.weight": Tensor;
  readonly "mlp.c_fc.weight": Tensor;
  readonly "mlp.c_proj.weight": Tensor;
};

/** `blocks` is a list, or one block whose tensors carry a leading layer axis. */
export type GptParams = {
  readonly wte: Tensor;
  readonly wpe: Tensor;
  readonly blocks: readonly BlockParams[] | BlockParams;
  readonly norm: Tensor;
};

const stacked = (blocks: readonly BlockParams[]): BlockParams => {
  const all = (name: keyof BlockParams): Tensor => stack(blocks.map((block) => block[name]));
  return {
    "ln_1.weight": all("ln_1.weight"),
    "attn.c_attn.weight": all("attn.c_attn.weight"),
    "attn.c_proj.weight": all("attn.c_proj.weight"),
    "ln_2.weight": all("ln_2.weight"),
    "mlp.c_fc.weight": all("mlp.c_fc.weight"),
    "mlp.c_proj.weight": all("mlp.c_proj.weight"),
  };
};

/** The parameters that every engine starts from. */
export const initialParams = (config: GptConfig, scanned: boolean): GptParams => {
  const specs = new Map(parameterSpecs(config).map((spec) => [spec.name, spec]));
  const value = (name: string): Tensor => {
    const spec = specs.get(name);
    if (spec === undefined) throw new Error(`no parameter ${name}`);
    const inOut = spec.shape.length === 2 && name.startsWith("h.");
    const data = inOut ? transposed(initialValues(spec), spec.shape) : initialValues(spec);
    return tensor(data, { shape: inOut ? spec.shape.toReversed() : spec.shape });
  };
  const blocks = Array.from({ length: config.layers }, (_, i) => ({
    "ln_1.weight": value(`h.${i}.ln_1.weight`),
    "attn.c_attn.weight": value(`h.${i}.attn.c_attn.weight`),
    "attn.c_proj.weight": value(`h.${i}.attn.c_proj.weight`),
    "ln_2.weight": value(`h.${i}.ln_2.weight`),
    "mlp.c_fc.weight": value(`h.${i}.mlp.c_fc.weight`),
    "mlp.c_proj.weight": value(`h.${i}.mlp.c_proj.weight`),
  }));
  return {
    wte: value("wte.weight"),
    wpe: value("wpe.weight"),
    blocks: scanned ? stacked(blocks) : blocks,
    norm: value("ln_f.weight"),
  };
};

/** What attention makes of q, k and v, (B, H, T, D) each. */
export type Attend = (q: Tensor, k: Tensor, v: Tensor) => Tensor;

/** Attention spelled out; mask (T, T) is true where a position may look. */
export const maskedAttention =
  (mask: Tensor): Attend =>
  (q, k, v) => {
    const scale = 1 / Math.sqrt(q.shape.at(-1) ?? 1);
    const scores = q.matmul(k.transpose([0, 1, 3, 2])).mul(scale);
    return softmax(where(mask, scores, Number.NEGATIVE_INFINITY)).matmul(v);
  };

/** Causal attention as one operation. */
export const fusedAttention: Attend = (q, k, v) => attention(q, k, v, { causal: true });

const selfAttention = (x: Tensor, p: BlockParams, attend: Attend, config: GptConfig): Tensor => {
  const { batch, block, heads, width } = config;
  const apart = (y: Tensor): Tensor =>
    y.reshape([batch, block, heads, width / heads]).transpose([0, 2, 1, 3]); // (B, H, T, D)
  const [q = x, k = x, v = x] = split(x.matmul(p["attn.c_attn.weight"]), 3, -1).map(apart);
  const y = attend(q, k, v).transpose([0, 2, 1, 3]).reshape([batch, block, width]);
  return y.matmul(p["attn.c_proj.weight"]);
};

const applyBlock = (x: Tensor, p: BlockParams, attend: Attend, config: GptConfig): Tensor => {
  const y = x.add(selfAttention(layerNorm(x, p["ln_1.weight"]), p, attend, config));
  const h = gelu(layerNorm(y, p["ln_2.weight"]).matmul(p["mlp.c_fc.weight"]));
  return y.add(h.matmul(p["mlp.c_proj.weight"]));
};

const isList = (blocks: GptParams["blocks"]): blocks is readonly BlockParams[] =>
  Array.isArray(blocks);

/** Mean cross-entropy; ids and targets (B, T). */
export const gptLoss = (
  p: GptParams,
  ids: Tensor,
  targets: Tensor,
  attend: Attend,
  config: GptConfig,
): Tensor => {
  const embedded = take(p.wte, ids, { axis: 0 }).add(p.wpe);
  const step = (x: Tensor, block: BlockParams): Tensor => applyBlock(x, block, attend, config);
  const x = isList(p.blocks)
    ? p.blocks.reduce(step, embedded)
    : scan(
        (carry: Tensor, block: BlockParams): [Tensor, null] => [step(carry, block), null],
        embedded,
        p.blocks,
      )[0];
  const logits = layerNorm(x, p.norm).matmul(p.wte.transpose());
  return mean(softmaxCrossEntropy(logits, targets));
};
