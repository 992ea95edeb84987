// The names of peers/torch/transformer2017.py.
import type { Seq2SeqConfig, WeightMap, WeightRule } from "@adjoint/models";

type Path = WeightRule["path"];

const linear = (path: Path, name: string, shape: readonly [number, number]): WeightRule[] => [
  { path: [...path, "kernel"], shape, name: `${name}.weight`, transposed: true },
  { path: [...path, "bias"], shape: [shape[1]], name: `${name}.bias` },
];

const norm = (path: Path, name: string, width: number): WeightRule[] => [
  { path: [...path, "scale"], shape: [width], name: `${name}.weight` },
  { path: [...path, "bias"], shape: [width], name: `${name}.bias` },
];

/** PyTorch has the projections of queries, keys and values in one. */
const attention = (path: Path, name: string, size: number): WeightRule[] => [
  ...["q", "k", "v"].flatMap((part, i): WeightRule[] => {
    const at = { slice: { axis: 0, start: i * size, size } };
    const [kernel, bias] = [`${name}.in_proj_weight`, `${name}.in_proj_bias`];
    const own = { path: [...path, part, "kernel"], shape: [size, size], name: kernel, ...at };
    return [
      { ...own, transposed: true },
      { path: [...path, part, "bias"], shape: [size], name: bias, ...at },
    ];
  }),
  ...linear([...path, "projection"], `${name}.out_proj`, [size, size]),
];

const side = (
  { nEmbd, mlp }: Seq2SeqConfig,
  which: "encoder" | "decoder",
  layers: number,
): WeightRule[] => {
  const isDecoder = which === "decoder";
  const blocks = Array.from({ length: layers }, (_, i) => {
    const [path, name]: [Path, string] = [[which, "blocks", i], `transformer.${which}.layers.${i}`];
    const cross = [
      ...attention([...path, "cross"], `${name}.multihead_attn`, nEmbd),
      ...norm([...path, "crossNorm"], `${name}.norm2`, nEmbd),
    ];
    return [
      ...attention([...path, "attention"], `${name}.self_attn`, nEmbd),
      ...norm([...path, "attentionNorm"], `${name}.norm1`, nEmbd),
      ...(isDecoder ? cross : []),
      ...linear([...path, "mlp", "layers", 0], `${name}.linear1`, [nEmbd, mlp.hidden]),
      ...linear([...path, "mlp", "layers", 1], `${name}.linear2`, [mlp.hidden, nEmbd]),
      ...norm([...path, "mlpNorm"], `${name}.norm${isDecoder ? 3 : 2}`, nEmbd),
    ];
  });
  return [...blocks.flat(), ...norm([which, "finalNorm"], `transformer.${which}.norm`, nEmbd)];
};

/** Where the parameters of the Transformer lie in PyTorch's module. */
export const transformerWeights = (config: Seq2SeqConfig): WeightMap => ({
  rules: [
    { path: ["wte", "table"], shape: [config.vocabSize, config.nEmbd], name: "embed.weight" },
    ...side(config, "encoder", config.encoderLayers),
    ...side(config, "decoder", config.nLayer),
  ],
  prefix: "",
  ignored: /^$/,
});
