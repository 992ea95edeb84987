import { type BlockNames, blockRules, linearRules, normRules } from "../block/block-rules.ts";
import type { WeightMap } from "../pretrained/load-params.ts";
import type { WeightRule } from "../pretrained/weight-rule.ts";
import type { VitConfig } from "./vit-config.ts";

type Path = WeightRule["path"];

/** The patches' projection, which is stored as a convolution's kernel. */
export const patchRules = (
  { channels, patchSize, nEmbd, patchBias }: VitConfig,
  path: Path,
  name: string,
): readonly WeightRule[] => [
  {
    path: [...path, "kernel"],
    shape: [channels * patchSize * patchSize, nEmbd],
    name: `${name}.weight`,
    transposed: true,
    stored: [nEmbd, channels, patchSize, patchSize],
  },
  ...(patchBias ? [{ path: [...path, "bias"], shape: [nEmbd], name: `${name}.bias` }] : []),
];

/** Patches, and the class token where there is one. */
export const placesOf = ({ imageSize, patchSize, classToken = true }: VitConfig): number =>
  (imageSize / patchSize) ** 2 + (classToken ? 1 : 0);

const blockNames = (tower: string, layer: number): BlockNames => {
  const own = `${tower}encoder.layer.${layer}`;
  return {
    attentionNorm: `${own}.layernorm_before`,
    q: `${own}.attention.attention.query`,
    k: `${own}.attention.attention.key`,
    v: `${own}.attention.attention.value`,
    output: `${own}.attention.output.dense`,
    mlpNorm: `${own}.layernorm_after`,
    up: `${own}.intermediate.dense`,
    down: `${own}.output.dense`,
  };
};

/** Rules of the encoder at `path`, whose names begin with `tower`. */
export const vitRules = (config: VitConfig, path: Path, tower: string): readonly WeightRule[] => {
  const { nEmbd, nLayer } = config;
  const places = placesOf(config);
  return [
    {
      path: [...path, "classToken"],
      shape: [nEmbd],
      name: `${tower}embeddings.cls_token`,
      stored: [1, 1, nEmbd],
    },
    {
      path: [...path, "position"],
      shape: [places, nEmbd],
      name: `${tower}embeddings.position_embeddings`,
      stored: [1, places, nEmbd],
    },
    ...patchRules(config, [...path, "patch"], `${tower}embeddings.patch_embeddings.projection`),
    ...Array.from({ length: nLayer }, (_, i) =>
      blockRules(config, [...path, "blocks", i], blockNames(tower, i), i),
    ).flat(),
    ...normRules([...path, "finalNorm"], `${tower}layernorm`, nEmbd, true),
  ];
};

/**
 * Where the parameters of a Vision Transformer lie in a checkpoint: a tree of `encoder` and, with `labels` given, `classifier`.
 */
export const vitWeights = (config: VitConfig, labels?: number): WeightMap => {
  const { nEmbd } = config;
  return {
    rules: [
      ...vitRules(config, ["encoder"], "vit."),
      ...(labels === undefined
        ? []
        : linearRules(["classifier"], "classifier", [nEmbd, labels], true)),
    ],
    prefix: "vit.",
    ignored: /^vit\.pooler\.|^pooler\./,
  };
};
