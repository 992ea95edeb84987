import { ArgumentError } from "@adjoint/core";
import type { Either } from "@adjoint/core/either";
import { z } from "zod";
import { clipVisionRules } from "../clip/clip-weights.ts";
import { fieldRules } from "../families/field-rules.ts";
import { count, optional, positive, size } from "../families/fields.ts";
import { parseConfig } from "../pretrained/parse-config.ts";
import type { PretrainedError } from "../pretrained/pretrained-error.ts";
import type { WeightRule } from "../pretrained/weight-rule.ts";
import {
  type VitConfig,
  vitConfig,
  vitConfigFromJson,
  vitConfigToJson,
  vitFieldRules,
} from "../vit/vit-config.ts";
import { vitRules } from "../vit/vit-weights.ts";
import { activationField, activationToJson } from "./activation-fields.ts";

/** How a kind of vision tower is written in files. */
export type VisionTower = {
  readonly configFromJson: (json: unknown) => Either<PretrainedError, VitConfig>;
  readonly configToJson: (config: VitConfig) => Readonly<Record<string, unknown>>;
  /** Rules of the tower at `path`, whose names begin with `name`. */
  readonly rules: (
    config: VitConfig,
    path: WeightRule["path"],
    name: string,
  ) => readonly WeightRule[];
};

/** What sets CLIP's tower and SigLIP's apart. */
type Kind = {
  readonly modelType: string;
  readonly activation: "gelu_pytorch_tanh" | "quick_gelu";
  readonly eps: number;
  readonly parts: Pick<VitConfig, "patchBias" | "firstNorm" | "classToken">;
  readonly more: Readonly<Record<string, unknown>>;
};

const fileSchema = ({ activation, eps, parts }: Kind): z.ZodType<VitConfig> =>
  z
    .object({
      hidden_size: size,
      intermediate_size: size,
      num_hidden_layers: count,
      num_attention_heads: size,
      image_size: size,
      patch_size: size,
      num_channels: optional(size),
      hidden_act: activationField(activation),
      layer_norm_eps: optional(positive),
      initializer_range: optional(positive),
    })
    .superRefine(fieldRules(vitFieldRules))
    .transform((fields) =>
      vitConfig({
        imageSize: fields.image_size,
        patchSize: fields.patch_size,
        nEmbd: fields.hidden_size,
        nLayer: fields.num_hidden_layers,
        nHead: fields.num_attention_heads,
        hidden: fields.intermediate_size,
        channels: fields.num_channels ?? 3,
        activation: fields.hidden_act,
        eps: fields.layer_norm_eps ?? eps,
        initStd: fields.initializer_range ?? 0.02,
        ...parts,
      }),
    );

const likeClip = (kind: Kind): VisionTower => ({
  configFromJson: (json) => parseConfig(fileSchema(kind), json, "llava"),
  configToJson: (config) => ({
    model_type: kind.modelType,
    hidden_size: config.nEmbd,
    intermediate_size: config.mlp.hidden,
    num_hidden_layers: config.nLayer,
    num_attention_heads: config.nHead,
    image_size: config.imageSize,
    patch_size: config.patchSize,
    num_channels: config.channels,
    hidden_act: activationToJson(config.mlp.activation),
    layer_norm_eps: config.norm.eps,
    initializer_range: config.initStd,
    ...kind.more,
  }),
  rules: clipVisionRules,
});

/** Vision towers by their `model_type`. */
export const visionTowers: {
  readonly clip_vision_model: VisionTower;
  readonly siglip_vision_model: VisionTower;
  readonly vit: VisionTower;
} = {
  clip_vision_model: likeClip({
    modelType: "clip_vision_model",
    activation: "quick_gelu",
    eps: 1e-5,
    parts: { patchBias: false, firstNorm: true },
    more: {},
  }),
  siglip_vision_model: likeClip({
    modelType: "siglip_vision_model",
    activation: "gelu_pytorch_tanh",
    eps: 1e-6,
    parts: { patchBias: true, firstNorm: false, classToken: false },
    more: { vision_use_head: false }, // its pooling is not looked at
  }),
  vit: {
    configFromJson: vitConfigFromJson,
    configToJson: (config) => {
      const { architectures: _, ...fields } = vitConfigToJson(config);
      return fields;
    },
    rules: vitRules,
  },
};

/** The kind of tower that a configuration is; throws ArgumentError for none. */
export const towerOf = (config: VitConfig): VisionTower => {
  const { patchBias, firstNorm, classToken = true, mlp } = config;
  const parts = [patchBias, firstNorm, classToken].join();
  if (parts === "true,false,true" && mlp.activation === "gelu") return visionTowers.vit;
  if (activationToJson(mlp.activation) !== undefined) {
    if (parts === "false,true,true") return visionTowers.clip_vision_model;
    if (parts === "true,false,false") return visionTowers.siglip_vision_model;
  }
  throw new ArgumentError({
    operation: "llava",
    rule: "writes the towers of ViT, CLIP and SigLIP",
    got: `patchBias ${patchBias}, firstNorm ${firstNorm}, classToken ${classToken}, activation ${mlp.activation}`,
  });
};
