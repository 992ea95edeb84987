import { z } from "zod";
import type { BlockConfig } from "../block/block-config.ts";
import { blockFieldRules, blockFields } from "../block/block-schema.ts";
import { explicitBlock } from "../block/explicit-block.ts";
import type { Either } from "@adjoint/core/either";
import { divides, dividesWidth, type FieldRule, fieldRules } from "../families/field-rules.ts";
import { count, only, optional, positive, rate, size } from "../families/fields.ts";
import { aConfig, aFlag, aSize, type ConfigCheck, configCheck } from "../internal/config-schema.ts";
import { parseConfig } from "../pretrained/parse-config.ts";
import type { PretrainedError } from "../pretrained/pretrained-error.ts";
import { type ConfigJson, writtenConfig } from "../pretrained/written-config.ts";

/** Sizes of a Vision Transformer. */
export type VitConfig = BlockConfig & {
  /** Height and width of an image. */
  readonly imageSize: number;
  /** Height and width of a patch; divides `imageSize`. */
  readonly patchSize: number;
  readonly channels: number;
  /** Whether the patches' projection has a bias. */
  readonly patchBias: boolean;
  /** Whether there is a norm before the blocks, as in CLIP. */
  readonly firstNorm: boolean;
  /** Whether a vector for the whole image stands before the patches; true when absent, and false in SigLIP. */
  readonly classToken?: boolean;
};

/** What `vitConfig` takes: the sizes, and what differs from the defaults. */
export type VitSettings = Pick<
  VitConfig,
  "imageSize" | "patchSize" | "nEmbd" | "nLayer" | "nHead"
> & {
  readonly channels?: number;
  /** Width of the MLP; default 4 nEmbd. */
  readonly hidden?: number;
  readonly activation?: BlockConfig["mlp"]["activation"];
  readonly dropout?: number;
  readonly eps?: number;
  readonly initStd?: number;
  readonly patchBias?: boolean;
  readonly firstNorm?: boolean;
  readonly classToken?: boolean;
};

/** What a configuration must be. */
export const vitSchema: z.ZodType = aConfig<VitConfig>(
  {
    ...blockFields,
    imageSize: aSize,
    patchSize: aSize,
    channels: aSize,
    patchBias: aFlag,
    firstNorm: aFlag,
    classToken: aFlag.optional(),
  },
  (config) => [
    ...blockFieldRules(config),
    [
      "patchSize",
      config.imageSize % config.patchSize === 0,
      `must divide imageSize, ${config.imageSize}`,
    ],
  ],
);

/** Throws ArgumentError for the first field of a configuration that is wrong. */
export const checkVitConfig: ConfigCheck<VitConfig> = configCheck(vitSchema);

/** The same as `vitConfig` gives, not checked. */
export const completeVit = ({
  imageSize,
  patchSize,
  nEmbd,
  nLayer,
  nHead,
  channels = 3,
  hidden = 4 * nEmbd,
  activation = "gelu",
  dropout = 0,
  eps = 1e-12,
  initStd = 0.02,
  patchBias = true,
  firstNorm = false,
  classToken = true,
}: VitSettings): VitConfig => ({
  imageSize,
  patchSize,
  channels,
  nEmbd,
  nLayer,
  nHead,
  nKvHead: nHead,
  headDim: nEmbd / nHead,
  norm: { kind: "layer", eps, first: true },
  attention: { useBias: true, outputBias: true, qkNorm: false },
  mlp: { hidden, activation, gated: false, useBias: true },
  patchBias,
  firstNorm,
  classToken,
  dropout,
  initStd,
});

/** A complete configuration: norms first, biases, exact GELU, three channels, as in the original. Throws ArgumentError for what cannot be. */
export const vitConfig = (settings: VitSettings): VitConfig => {
  const config = completeVit(settings);
  checkVitConfig("vitConfig", config);
  return config;
};

/** What fields of towers for images must be to fit together. */
export const vitFieldRules = (fields: {
  readonly hidden_size: number;
  readonly num_attention_heads: number;
  readonly image_size: number;
  readonly patch_size: number;
}): readonly FieldRule[] => [
  dividesWidth("num_attention_heads", fields.num_attention_heads, [
    "hidden_size",
    fields.hidden_size,
  ]),
  ["patch_size", divides(fields.patch_size, fields.image_size), "must divide image_size"],
];

const fileSchema = z
  .object({
    model_type: only("vit"),
    hidden_size: size,
    num_hidden_layers: count,
    num_attention_heads: size,
    intermediate_size: size,
    image_size: size,
    patch_size: size,
    num_channels: optional(size),
    hidden_act: only("gelu"),
    qkv_bias: only(true),
    hidden_dropout_prob: optional(rate),
    layer_norm_eps: optional(positive),
    initializer_range: optional(positive),
  })
  .superRefine(fieldRules(vitFieldRules))
  .transform((fields) =>
    vitConfig({
      imageSize: fields.image_size,
      patchSize: fields.patch_size,
      channels: fields.num_channels ?? 3,
      nEmbd: fields.hidden_size,
      nLayer: fields.num_hidden_layers,
      nHead: fields.num_attention_heads,
      hidden: fields.intermediate_size,
      dropout: fields.hidden_dropout_prob ?? 0,
      eps: fields.layer_norm_eps ?? 1e-12,
      initStd: fields.initializer_range ?? 0.02,
    }),
  );

/**
 * The configuration in a parsed config.json, or every field that is wrong. The rate of dropout is `hidden_dropout_prob`; files with
 * another rate for attention load too, and train with this one.
 */
export const vitConfigFromJson = (json: unknown): Either<PretrainedError, VitConfig> =>
  parseConfig(fileSchema, json, "vit");

/** As `explicitBlock`, for a Vision Transformer. */
export const explicitVit = (config: VitConfig): VitConfig => ({
  classToken: true,
  ...explicitBlock(config),
});

const toJson = (config: VitConfig): ConfigJson => ({
  model_type: "vit",
  architectures: ["ViTForImageClassification"],
  hidden_size: config.nEmbd,
  num_hidden_layers: config.nLayer,
  num_attention_heads: config.nHead,
  intermediate_size: config.mlp.hidden,
  image_size: config.imageSize,
  patch_size: config.patchSize,
  num_channels: config.channels,
  hidden_act: "gelu",
  qkv_bias: true,
  hidden_dropout_prob: config.dropout,
  attention_probs_dropout_prob: config.dropout,
  layer_norm_eps: config.norm.eps,
  initializer_range: config.initStd,
});

/**
 * The config.json that Hugging Face's transformers reads, as an object. Throws ArgumentError with every part of the configuration that
 * it cannot say.
 */
export const vitConfigToJson = (config: VitConfig): Readonly<Record<string, unknown>> =>
  writtenConfig(config, toJson(config), {
    operation: "vitConfigToJson",
    read: vitConfigFromJson,
    explicit: explicitVit,
  });
