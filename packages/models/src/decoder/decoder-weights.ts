import type { WeightRule } from "../pretrained/weight-rule.ts";
import type { DecoderConfig } from "./decoder-config.ts";

/** Names that a family gives to the parts of a decoder; `{i}` is the layer. */
export type DecoderNames = {
  readonly wte: string;
  readonly wpe?: string;
  readonly attentionNorm: string;
  readonly q: string;
  readonly k: string;
  readonly v: string;
  readonly output: string;
  readonly qNorm?: string;
  readonly kNorm?: string;
  readonly mlpNorm: string;
  readonly gate?: string;
  readonly up: string;
  readonly down: string;
  readonly finalNorm: string;
  readonly head: string;
};

type Path = WeightRule["path"];

const linearRules = (
  path: Path,
  name: string,
  sizes: readonly [number, number],
  useBias: boolean,
): readonly WeightRule[] => [
  { path: [...path, "kernel"], shape: sizes, name: `${name}.weight`, transposed: true },
  ...(useBias ? [{ path: [...path, "bias"], shape: [sizes[1]], name: `${name}.bias` }] : []),
];

/** Rules of a norm over `size` elements. */
export const normRules = (
  path: Path,
  name: string,
  size: number,
  useBias: boolean,
): readonly WeightRule[] => [
  { path: [...path, "scale"], shape: [size], name: `${name}.weight` },
  ...(useBias ? [{ path: [...path, "bias"], shape: [size], name: `${name}.bias` }] : []),
];

const attentionRules = (
  config: DecoderConfig,
  path: Path,
  names: DecoderNames,
): readonly WeightRule[] => {
  const { nEmbd, nHead, nKvHead, headDim, attention } = config;
  const [wide, narrow] = [nHead * headDim, nKvHead * headDim];
  const { useBias, outputBias, qkNorm } = attention;
  return [
    ...linearRules([...path, "q"], names.q, [nEmbd, wide], useBias),
    ...linearRules([...path, "k"], names.k, [nEmbd, narrow], useBias),
    ...linearRules([...path, "v"], names.v, [nEmbd, narrow], useBias),
    ...linearRules([...path, "projection"], names.output, [wide, nEmbd], outputBias),
    ...(qkNorm ? normRules([...path, "qNorm"], names.qNorm ?? "", headDim, false) : []),
    ...(qkNorm ? normRules([...path, "kNorm"], names.kNorm ?? "", headDim, false) : []),
  ];
};

const mlpRules = (
  { nEmbd, mlp }: DecoderConfig,
  path: Path,
  names: DecoderNames,
): readonly WeightRule[] => {
  const { hidden, gated, useBias } = mlp;
  const [up, down] = gated
    ? [
        [...path, "up"],
        [...path, "down"],
      ]
    : [
        [...path, "layers", 0],
        [...path, "layers", 1],
      ];
  return [
    ...(gated ? linearRules([...path, "gate"], names.gate ?? "", [nEmbd, hidden], useBias) : []),
    ...linearRules(up ?? [], names.up, [nEmbd, hidden], useBias),
    ...linearRules(down ?? [], names.down, [hidden, nEmbd], useBias),
  ];
};

const inLayer = (names: DecoderNames, i: number): DecoderNames => {
  const entries = Object.entries(names).map(([part, name]) => [
    part,
    name.replace("{i}", String(i)),
  ]);
  return { ...names, ...Object.fromEntries(entries) };
};

const blockRules = (
  config: DecoderConfig,
  names: DecoderNames,
  i: number,
): readonly WeightRule[] => {
  const own = inLayer(names, i);
  const path: Path = ["blocks", i];
  const hasBias = config.norm.kind === "layer";
  return [
    ...normRules([...path, "attentionNorm"], own.attentionNorm, config.nEmbd, hasBias),
    ...attentionRules(config, [...path, "attention"], own),
    ...normRules([...path, "mlpNorm"], own.mlpNorm, config.nEmbd, hasBias),
    ...mlpRules(config, [...path, "mlp"], own),
  ];
};

/** Where the parameters of a decoder lie in checkpoints whose linear layers are PyTorch's. */
export const decoderRules = (config: DecoderConfig, names: DecoderNames): readonly WeightRule[] => {
  const { vocabSize, contextLength, nEmbd, nLayer, positions, norm, tiedHead } = config;
  return [
    { path: ["wte", "table"], shape: [vocabSize, nEmbd], name: `${names.wte}.weight` },
    ...(positions.kind === "learned"
      ? [
          {
            path: ["wpe", "table"],
            shape: [contextLength, nEmbd],
            name: `${names.wpe ?? ""}.weight`,
          },
        ]
      : []),
    ...Array.from({ length: nLayer }, (_, i) => blockRules(config, names, i)).flat(),
    ...normRules(["finalNorm"], names.finalNorm, nEmbd, norm.kind === "layer"),
    ...(tiedHead ? [] : linearRules(["head"], names.head, [nEmbd, vocabSize], false)),
  ];
};
