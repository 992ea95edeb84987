import type { WeightRule } from "../pretrained/weight-rule.ts";
import type { BlockConfig, ExpertsConfig, LatentConfig } from "./block-config.ts";
import { hasExperts } from "./feed-forward.ts";

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

/** Names of the parts of attention through latent vectors. */
export type LatentNames = {
  readonly q: string;
  readonly qDown: string;
  readonly qNorm: string;
  readonly qUp: string;
  readonly kvDown: string;
  readonly kvNorm: string;
  readonly kvUp: string;
};

/** Names of the parts of an MLP. */
export type MlpNames = { readonly gate?: string; readonly up: string; readonly down: string };

/** Names of a router and its experts. */
export type ExpertsNames = {
  readonly router: string;
  readonly selectionBias?: string;
  readonly expert: (index: number) => MlpNames;
  readonly shared?: MlpNames;
};

/** Names that a family gives to the parts of a block. */
export type BlockNames = AttentionNames &
  MlpNames & {
    readonly attentionNorm: string;
    readonly latent?: LatentNames;
    readonly experts?: ExpertsNames;
    readonly crossNorm?: string;
    readonly cross?: AttentionNames;
    readonly mlpNorm: string;
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

/** Rules of a norm over the width, which may have no parameters. */
export const ownNormRules = (
  { nEmbd, norm }: BlockConfig,
  path: Path,
  name: string,
): readonly WeightRule[] =>
  norm.useScale === false ? [] : normRules(path, name, nEmbd, norm.kind === "layer");

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
  const { useBias, outputBias, qkNorm, qkScale = true } = attention;
  const hasNorms = qkNorm && qkScale;
  return [
    ...linearRules([...path, "q"], names.q, [nEmbd, wide], useBias),
    ...linearRules([...path, "k"], names.k, [nEmbd, narrow], useBias),
    ...linearRules([...path, "v"], names.v, [nEmbd, narrow], useBias),
    ...linearRules([...path, "projection"], names.output, [wide, nEmbd], outputBias),
    ...(hasNorms ? normRules([...path, "qNorm"], names.qNorm ?? "", headDim, false) : []),
    ...(hasNorms ? normRules([...path, "kNorm"], names.kNorm ?? "", headDim, false) : []),
  ];
};

const latentRules = (
  { nEmbd, nHead }: BlockConfig,
  { kvRank, qRank, plainDim, ropeDim, valueDim }: LatentConfig,
  path: Path,
  names: LatentNames,
  output: string,
): readonly WeightRule[] => {
  const wide = nHead * (plainDim + ropeDim);
  const queries =
    qRank === undefined
      ? linearRules([...path, "q", "direct"], names.q, [nEmbd, wide], false)
      : [
          ...linearRules([...path, "q", "down"], names.qDown, [nEmbd, qRank], false),
          ...normRules([...path, "q", "norm"], names.qNorm, qRank, false),
          ...linearRules([...path, "q", "up"], names.qUp, [qRank, wide], false),
        ];
  return [
    ...queries,
    ...linearRules([...path, "kvDown"], names.kvDown, [nEmbd, kvRank + ropeDim], false),
    ...normRules([...path, "kvNorm"], names.kvNorm, kvRank, false),
    ...linearRules([...path, "kvUp"], names.kvUp, [kvRank, nHead * (plainDim + valueDim)], false),
    ...linearRules([...path, "projection"], output, [nHead * valueDim, nEmbd], false),
  ];
};

const gatedRules = (
  path: Path,
  names: MlpNames,
  nEmbd: number,
  hidden: number,
  useBias: boolean,
): readonly WeightRule[] => [
  ...linearRules([...path, "gate"], names.gate ?? "", [nEmbd, hidden], useBias),
  ...linearRules([...path, "up"], names.up, [nEmbd, hidden], useBias),
  ...linearRules([...path, "down"], names.down, [hidden, nEmbd], useBias),
];

/** Experts are files of their own and one array here. */
const expertRules = (
  path: Path,
  names: ExpertsNames,
  nEmbd: number,
  { nExpert, hidden }: ExpertsConfig,
  gated: boolean,
): readonly WeightRule[] =>
  Array.from({ length: nExpert }, (_, index): readonly WeightRule[] => {
    const { gate = "", up, down } = names.expert(index);
    const member = { index, count: nExpert };
    const rule = (part: string, name: string, shape: readonly number[]): WeightRule => ({
      path: [...path, "experts", part],
      shape,
      name: `${name}.weight`,
      transposed: true,
      member,
    });
    return [
      ...(gated ? [rule("gate", gate, [nEmbd, hidden])] : []),
      rule("up", up, [nEmbd, hidden]),
      rule("down", down, [hidden, nEmbd]),
    ];
  }).flat();

const moeRules = (
  { nEmbd, mlp: { gated } }: BlockConfig,
  experts: ExpertsConfig,
  path: Path,
  names: ExpertsNames,
): readonly WeightRule[] => {
  const { nExpert, sharedHidden, selectionBias } = experts;
  return [
    ...linearRules([...path, "router"], names.router, [nEmbd, nExpert], false),
    ...(selectionBias
      ? [{ path: [...path, "selectionBias"], shape: [nExpert], name: names.selectionBias ?? "" }]
      : []),
    ...expertRules(path, names, nEmbd, experts, gated),
    ...(sharedHidden === undefined || names.shared === undefined
      ? []
      : gatedRules([...path, "shared"], names.shared, nEmbd, sharedHidden, false)),
  ];
};

const mlpRules = (
  config: BlockConfig,
  path: Path,
  names: BlockNames,
  layer: number,
): readonly WeightRule[] => {
  const { nEmbd, mlp, experts } = config;
  const { hidden, gated, useBias } = mlp;
  if (experts !== undefined && names.experts !== undefined && hasExperts(config, layer))
    return moeRules(config, experts, path, names.experts);
  if (gated) return gatedRules(path, names, nEmbd, hidden, useBias);
  return [
    ...linearRules([...path, "layers", 0], names.up, [nEmbd, hidden], useBias),
    ...linearRules([...path, "layers", 1], names.down, [hidden, nEmbd], useBias),
  ];
};

/** Rules of the block of a layer, at `path`. */
export const blockRules = (
  config: BlockConfig,
  path: Path,
  names: BlockNames,
  layer: number,
): readonly WeightRule[] => {
  const { latent } = config;
  const { cross, crossNorm } = names;
  return [
    ...ownNormRules(config, [...path, "attentionNorm"], names.attentionNorm),
    ...(latent === undefined || names.latent === undefined
      ? attentionRules(config, [...path, "attention"], names)
      : latentRules(config, latent, [...path, "attention"], names.latent, names.output)),
    ...(cross === undefined || crossNorm === undefined
      ? []
      : [
          ...ownNormRules(config, [...path, "crossNorm"], crossNorm),
          ...attentionRules(config, [...path, "cross"], cross),
        ]),
    ...ownNormRules(config, [...path, "mlpNorm"], names.mlpNorm),
    ...mlpRules(config, [...path, "mlp"], names, layer),
  ];
};

/** Parts of a block that have no parameters: norms without a scale. */
export const emptyParts = ({ norm, attention }: BlockConfig, path: Path): readonly Path[] => [
  ...(norm.useScale === false
    ? [
        [...path, "attentionNorm"],
        [...path, "mlpNorm"],
      ]
    : []),
  ...(attention.qkNorm && attention.qkScale === false
    ? [
        [...path, "attention", "qNorm"],
        [...path, "attention", "kNorm"],
      ]
    : []),
];
