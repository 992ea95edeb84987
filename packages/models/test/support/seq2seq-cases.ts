import { concatenate, type Tensor, zeros } from "@adjoint/core";
import {
  loadParams,
  seq2seq,
  type Seq2SeqConfig,
  type Seq2SeqParams,
  t5,
  transformerConfig,
  type WeightMap,
  type WeightRule,
} from "@adjoint/models";
import { checkpoint } from "./checkpoint.ts";
import { expectCase } from "./expect-case.ts";

const size = 16;

const linear = (
  path: WeightRule["path"],
  name: string,
  shape: readonly [number, number],
): WeightRule[] => [
  { path: [...path, "kernel"], shape, name: `${name}.weight`, transposed: true },
  { path: [...path, "bias"], shape: [shape[1]], name: `${name}.bias` },
];

const norm = (path: WeightRule["path"], name: string): WeightRule[] => [
  { path: [...path, "scale"], shape: [size], name: `${name}.weight` },
  { path: [...path, "bias"], shape: [size], name: `${name}.bias` },
];

/** PyTorch has the projections of queries, keys and values in one. */
const attention = (path: WeightRule["path"], name: string): WeightRule[] => [
  ...["q", "k", "v"].flatMap((part, i): WeightRule[] => {
    const slice = { axis: 0, start: i * size, size };
    return [
      {
        path: [...path, part, "kernel"],
        shape: [size, size],
        name: `${name}.in_proj_weight`,
        transposed: true,
        slice,
      },
      { path: [...path, part, "bias"], shape: [size], name: `${name}.in_proj_bias`, slice },
    ];
  }),
  ...linear([...path, "projection"], `${name}.out_proj`, [size, size]),
];

const side = (which: "encoder" | "decoder"): WeightRule[] => [
  ...[0, 1].flatMap((i) => {
    const [path, name] = [[which, "blocks", i], `transformer.${which}.layers.${i}`];
    const isDecoder = which === "decoder";
    return [
      ...attention([...path, "attention"], `${name}.self_attn`),
      ...norm([...path, "attentionNorm"], `${name}.norm1`),
      ...(isDecoder ? attention([...path, "cross"], `${name}.multihead_attn`) : []),
      ...(isDecoder ? norm([...path, "crossNorm"], `${name}.norm2`) : []),
      ...linear([...path, "mlp", "layers", 0], `${name}.linear1`, [size, 24]),
      ...linear([...path, "mlp", "layers", 1], `${name}.linear2`, [24, size]),
      ...norm([...path, "mlpNorm"], `${name}.norm${isDecoder ? 3 : 2}`),
    ];
  }),
  ...norm([which, "finalNorm"], `transformer.${which}.norm`),
];

const transformerMap: WeightMap = {
  rules: [
    { path: ["wte", "table"], shape: [37, size], name: "embed.weight" },
    ...side("encoder"),
    ...side("decoder"),
  ],
  prefix: "",
  ignored: /^$/,
};

export type Setup = { readonly config: Seq2SeqConfig; readonly map: WeightMap };

/** Configuration and weight map of a checkpoint. */
export const setupOf = (name: string): Setup => {
  if (name === "transformer") {
    const sizes = { vocabSize: 37, nEmbd: size, nLayer: 2, nHead: 4, hidden: 24 };
    return { config: transformerConfig({ ...sizes, finalNorm: true }), map: transformerMap };
  }
  const config = t5.configFromJson(checkpoint(name).config);
  if (config._tag === "Left") throw config.left;
  return { config: config.right, map: t5.weights(config.right) };
};

/** An encoder-decoder of the fixtures. */
export const load = async (name: string): Promise<Setup & { readonly params: Seq2SeqParams }> => {
  const setup = setupOf(name);
  const params = await loadParams<Seq2SeqParams>(setup.map, checkpoint(name).source);
  if (params._tag === "Left") throw params.left;
  return { ...setup, params: params.right };
};

/** Ids as they are taken. */
export const int = (x: Tensor): Tensor => x.cast("int32");

/** T5 begins with the padding token and shifts the labels. */
const targetOf = (name: string, expected: (key: string) => Tensor): Tensor => {
  if (name === "transformer") return int(expected("target"));
  const labels = int(expected("labels"));
  const [rows = 0, length = 0] = labels.shape;
  const start = zeros([rows, 1], { dtype: "int32" });
  return concatenate([start, labels.slice([0, 0], [rows, length - 1])], 1);
};

/** The scores, the loss and every gradient of transformers or PyTorch. */
export const expectSeq2Seq = async (name: string): Promise<void> => {
  const { expected } = checkpoint(name);
  const { config, map, params } = await load(name);
  const [source, labels] = [int(expected("source")), int(expected("labels"))];
  const target = targetOf(name, expected);
  const options = { sourceValid: expected("mask").cast("bool") };
  const results = (p: Seq2SeqParams) =>
    [
      seq2seq.loss(p, source, target, labels, config, options),
      { logits: seq2seq.apply(p, source, target, config, options) },
    ] as const;
  return expectCase(name, { params, map, results });
};
