import type { ActivationName } from "@adjoint/nn";
import {
  aCount,
  aFlag,
  aPlace,
  aPositive,
  aRate,
  aRecord,
  aSize,
  notNegative,
  oneOf,
  type Rules,
} from "../internal/config-schema.ts";
import { divides, type FieldRule } from "../families/field-rules.ts";
import type { BlockConfig, ExpertsConfig, LatentConfig } from "./block-config.ts";

const activations: Readonly<Record<ActivationName, true>> = {
  elu: true,
  gelu: true,
  geluTanh: true,
  hardSigmoid: true,
  hardSilu: true,
  hardTanh: true,
  identity: true,
  leakyRelu: true,
  mish: true,
  quickGelu: true,
  relu: true,
  relu2: true,
  relu6: true,
  sigmoid: true,
  silu: true,
  softplus: true,
  tanh: true,
};

/** The name of an activation. */
export const anActivation: ReturnType<typeof oneOf> = oneOf(...Object.keys(activations));

const latent = aRecord<LatentConfig>({
  kvRank: aSize,
  qRank: aSize.optional(),
  plainDim: aSize,
  ropeDim: aSize,
  valueDim: aSize,
});

const experts = aRecord<ExpertsConfig>({
  nExpert: aCount,
  hidden: aSize,
  topK: aSize,
  gate: oneOf("softmax", "sigmoid").optional(),
  renormalize: aFlag.optional(),
  scale: aPositive.optional(),
  groups: aRecord<NonNullable<ExpertsConfig["groups"]>>({ count: aSize, keep: aSize }).optional(),
  sharedHidden: aSize.optional(),
  selectionBias: aFlag,
  firstDense: aPlace,
});

/** What each field of a block must be. */
export const blockFields: Rules<BlockConfig> = {
  nEmbd: aSize,
  nLayer: aCount,
  nHead: aSize,
  nKvHead: aSize,
  headDim: aSize,
  norm: aRecord<BlockConfig["norm"]>({
    kind: oneOf("layer", "rms"),
    eps: notNegative,
    first: aFlag,
    useScale: aFlag.optional(),
  }),
  attention: aRecord<BlockConfig["attention"]>({
    useBias: aFlag,
    outputBias: aFlag,
    qkNorm: aFlag,
    qkScale: aFlag.optional(),
    scale: aPositive.optional(),
  }),
  mlp: aRecord<BlockConfig["mlp"]>({
    hidden: aSize,
    activation: anActivation,
    gated: aFlag,
    useBias: aFlag,
  }),
  latent: latent.optional(),
  experts: experts.optional(),
  dropout: aRate,
  initStd: notNegative,
};

const expertRules = (own: ExpertsConfig | undefined, nLayer: number): readonly FieldRule[] => {
  if (own === undefined) return [];
  const { nExpert, topK, groups = { count: 1, keep: 1 }, firstDense } = own;
  return [
    ["experts.topK", topK <= nExpert, `must be at most experts.nExpert, ${nExpert}`],
    ["experts.groups.count", divides(groups.count, nExpert), "must divide experts.nExpert"],
    ["experts.groups.keep", groups.keep <= groups.count, "must be at most experts.groups.count"],
    [
      "experts.topK",
      topK > nExpert || topK <= (nExpert / groups.count) * groups.keep,
      "must be at most the experts of the groups that are kept",
    ],
    ["experts.firstDense", firstDense <= nLayer, "must be at most nLayer"],
  ];
};

/** What fields of a block that are right alone must be to fit together. */
export const blockFieldRules = (config: BlockConfig): readonly FieldRule[] => {
  const { nHead, nKvHead, nLayer, norm, attention, latent: own } = config;
  return [
    ["nKvHead", nHead % nKvHead === 0, `must divide nHead, ${nHead}`],
    [
      "norm.useScale",
      norm.kind === "rms" || norm.useScale !== false,
      'must be true for norms of kind "layer"',
    ],
    ["attention.qkNorm", own === undefined || !attention.qkNorm, "must be false beside latent"],
    ...expertRules(config.experts, nLayer),
  ];
};
