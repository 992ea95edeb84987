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

/** Patches and the class token. */
export const placesOf = ({ imageSize, patchSize }: VitConfig): number =>
  (imageSize / patchSize) ** 2 + 1;

const blockNames = (layer: number): BlockNames => {
  const own = `vit.encoder.layer.${layer}`;
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

/**
 * Where the parameters of a Vision Transformer lie in a checkpoint: a tree of `encoder` and, with `labels` given, `classifier`.
 */
export const vitWeights = (config: VitConfig, labels?: number): WeightMap => {
  const { nEmbd, nLayer } = config;
  const places = placesOf(config);
  return {
    rules: [
      {
        path: ["encoder", "classToken"],
        shape: [nEmbd],
        name: "vit.embeddings.cls_token",
        stored: [1, 1, nEmbd],
      },
      {
        path: ["encoder", "position"],
        shape: [places, nEmbd],
        name: "vit.embeddings.position_embeddings",
        stored: [1, places, nEmbd],
      },
      ...patchRules(config, ["encoder", "patch"], "vit.embeddings.patch_embeddings.projection"),
      ...Array.from({ length: nLayer }, (_, i) =>
        blockRules(config, ["encoder", "blocks", i], blockNames(i), i),
      ).flat(),
      ...normRules(["encoder", "finalNorm"], "vit.layernorm", nEmbd, true),
      ...(labels === undefined
        ? []
        : linearRules(["classifier"], "classifier", [nEmbd, labels], true)),
    ],
    prefix: "vit.",
    ignored: /^vit\.pooler\.|^pooler\./,
  };
};
