import type { WeightRule } from "../pretrained/weight-rule.ts";
import type { BlockConfig } from "./block-config.ts";

type Path = WeightRule["path"];

/** Names that a family gives to the parts of attention. */
export type AttentionNames = {
  readonly q: string;
  readonly k: string;
  readonly v: string;
  readonly output: string;
  readonly qNorm?: string;
  readonly kNorm?: string;
};

/** Names that a family gives to the parts of a block. */
export type BlockNames = AttentionNames & {
  readonly attentionNorm: string;
  readonly crossNorm?: string;
  readonly cross?: AttentionNames;
  readonly mlpNorm: string;
  readonly gate?: string;
  readonly up: string;
  readonly down: string;
};

/** Rules of a linear layer with PyTorch's layout: its weight is (out, in). */
export const linearRules = (
  path: Path,
  name: string,
  sizes: readonly [inFeatures: number, outFeatures: number],
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

/** Rule of an embedding table. */
export const tableRule = (path: Path, name: string, rows: number, columns: number): WeightRule => ({
  path: [...path, "table"],
  shape: [rows, columns],
  name: `${name}.weight`,
});

const attentionRules = (
  config: BlockConfig,
  path: Path,
  names: AttentionNames,
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

const mlpRules = (config: BlockConfig, path: Path, names: BlockNames): readonly WeightRule[] => {
  const { nEmbd, mlp } = config;
  const { hidden, gated, useBias } = mlp;
  const [up, down]: readonly [Path, Path] = gated
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
    ...linearRules(up, names.up, [nEmbd, hidden], useBias),
    ...linearRules(down, names.down, [hidden, nEmbd], useBias),
  ];
};

/** Rules of one block at `path`. */
export const blockRules = (
  config: BlockConfig,
  path: Path,
  names: BlockNames,
): readonly WeightRule[] => {
  const { nEmbd, norm } = config;
  const hasBias = norm.kind === "layer";
  const { cross, crossNorm } = names;
  return [
    ...normRules([...path, "attentionNorm"], names.attentionNorm, nEmbd, hasBias),
    ...attentionRules(config, [...path, "attention"], names),
    ...(cross === undefined || crossNorm === undefined
      ? []
      : [
          ...normRules([...path, "crossNorm"], crossNorm, nEmbd, hasBias),
          ...attentionRules(config, [...path, "cross"], cross),
        ]),
    ...normRules([...path, "mlpNorm"], names.mlpNorm, nEmbd, hasBias),
    ...mlpRules(config, [...path, "mlp"], names),
  ];
};
