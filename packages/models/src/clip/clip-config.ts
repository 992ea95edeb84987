import type { ActivationName } from "@adjoint/nn";
import { z } from "zod";
import type { DecoderConfig } from "../decoder/decoder-config.ts";
import { explicitDecoder } from "../decoder/explicit-decoder.ts";
import { decoderSchema } from "../decoder/decoder-schema.ts";
import { completeDecoder } from "../decoder/make-decoder-config.ts";
import type { Either } from "@adjoint/core/either";
import { dividesWidth, fieldRules } from "../families/field-rules.ts";
import { count, only, optional, place, positive, size } from "../families/fields.ts";
import {
  aConfig,
  aPlace,
  aSize,
  type ConfigCheck,
  configCheck,
} from "../internal/config-schema.ts";
import { parseConfig } from "../pretrained/parse-config.ts";
import type { PretrainedError } from "../pretrained/pretrained-error.ts";
import { type ConfigJson, writtenConfig } from "../pretrained/written-config.ts";
import {
  completeVit,
  explicitVit,
  type VitConfig,
  vitFieldRules,
  vitSchema,
} from "../vit/vit-config.ts";
import { activationField, activationToJson } from "../vlm/activation-fields.ts";

/** A tower for texts, one for images, and the width of the space that both end in. */
export type ClipConfig = {
  readonly text: DecoderConfig;
  readonly vision: VitConfig;
  readonly projection: number;
  /** The token whose vector stands for a text. */
  readonly endId: number;
};

/** What a tower may have of its own. */
type TowerSettings = {
  /** Width of the MLP; default 4 nEmbd. */
  readonly hidden?: number;
  /** Default that of both towers. */
  readonly activation?: ActivationName;
  /** Default that of both towers. */
  readonly eps?: number;
};

/** What `clipConfig` takes. */
export type ClipSettings = {
  readonly projection: number;
  readonly endId: number;
  readonly text: Pick<DecoderConfig, "vocabSize" | "contextLength" | "nEmbd" | "nLayer" | "nHead"> &
    TowerSettings;
  readonly vision: Pick<VitConfig, "imageSize" | "patchSize" | "nEmbd" | "nLayer" | "nHead"> &
    TowerSettings & { readonly channels?: number };
  /** Of both towers, where they have none of their own; default `quickGelu`, as in OpenAI's. */
  readonly activation?: ActivationName;
  /** Of the norms of both towers, where they have none of their own; default 1e-5. */
  readonly eps?: number;
};

/** Throws ArgumentError for the first field of a configuration that is wrong. */
export const checkClipConfig: ConfigCheck<ClipConfig> = configCheck(
  aConfig<ClipConfig>(
    { text: decoderSchema, vision: vitSchema, projection: aSize, endId: aPlace },
    ({ text, endId }) => [["endId", endId < text.vocabSize, `must be below ${text.vocabSize}`]],
  ),
);

const defaultEps = 1e-5;

/** A complete configuration of CLIP's two towers. Throws ArgumentError for what cannot be. */
export const clipConfig = ({
  text,
  vision,
  projection,
  endId,
  activation = "quickGelu",
  eps = defaultEps,
}: ClipSettings): ClipConfig => {
  const {
    hidden = 4 * text.nEmbd,
    activation: own = activation,
    eps: ownEps = eps,
    ...sizes
  } = text;
  const config: ClipConfig = {
    text: completeDecoder({
      ...sizes,
      positions: { kind: "learned" },
      norm: { kind: "layer", eps: ownEps },
      attention: { useBias: true, outputBias: true },
      mlp: { hidden, activation: own, gated: false, useBias: true },
      tiedHead: true,
    }),
    vision: completeVit({ activation, eps, ...vision, patchBias: false, firstNorm: true }),
    projection,
    endId,
  };
  checkClipConfig("clipConfig", config);
  return config;
};

const tower = {
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: count,
  num_attention_heads: size,
  hidden_act: activationField("quick_gelu"),
  layer_norm_eps: optional(positive),
};

const fileSchema = z
  .object({
    model_type: only("clip"),
    projection_dim: size,
    text_config: z
      .object({
        ...tower,
        vocab_size: size,
        max_position_embeddings: size,
        eos_token_id: optional(place),
      })
      .superRefine(
        fieldRules((text) => [
          dividesWidth("num_attention_heads", text.num_attention_heads, [
            "hidden_size",
            text.hidden_size,
          ]),
        ]),
      ),
    vision_config: z
      .object({
        ...tower,
        image_size: size,
        patch_size: size,
        num_channels: optional(size),
      })
      .superRefine(fieldRules(vitFieldRules)),
  })
  .transform(({ text_config: text, vision_config: vision, projection_dim: projection }) =>
    clipConfig({
      projection,
      // files of 2021 say 2 and mean the largest id
      endId: (text.eos_token_id ?? 2) === 2 ? text.vocab_size - 1 : (text.eos_token_id ?? 2),
      text: {
        vocabSize: text.vocab_size,
        contextLength: text.max_position_embeddings,
        nEmbd: text.hidden_size,
        nLayer: text.num_hidden_layers,
        nHead: text.num_attention_heads,
        hidden: text.intermediate_size,
        activation: text.hidden_act,
        eps: text.layer_norm_eps ?? defaultEps,
      },
      vision: {
        imageSize: vision.image_size,
        patchSize: vision.patch_size,
        nEmbd: vision.hidden_size,
        nLayer: vision.num_hidden_layers,
        nHead: vision.num_attention_heads,
        hidden: vision.intermediate_size,
        channels: vision.num_channels ?? 3,
        activation: vision.hidden_act,
        eps: vision.layer_norm_eps ?? defaultEps,
      },
    }),
  );

/** The configuration in a parsed config.json, or every field that is wrong. */
export const clipConfigFromJson = (json: unknown): Either<PretrainedError, ClipConfig> =>
  parseConfig(fileSchema, json, "clip");

const toJson = ({ text, vision, projection, endId }: ClipConfig): ConfigJson => {
  const shared = ({ nEmbd, nLayer, nHead, mlp, norm }: DecoderConfig | VitConfig) => ({
    hidden_size: nEmbd,
    intermediate_size: mlp.hidden,
    num_hidden_layers: nLayer,
    num_attention_heads: nHead,
    hidden_act: activationToJson(mlp.activation),
    layer_norm_eps: norm.eps,
    projection_dim: projection,
  });
  return {
    model_type: "clip",
    architectures: ["CLIPModel"],
    projection_dim: projection,
    text_config: {
      model_type: "clip_text_model",
      ...shared(text),
      vocab_size: text.vocabSize,
      max_position_embeddings: text.contextLength,
      eos_token_id: endId,
    },
    vision_config: {
      model_type: "clip_vision_model",
      ...shared(vision),
      image_size: vision.imageSize,
      patch_size: vision.patchSize,
      num_channels: vision.channels,
    },
  };
};

/**
 * The config.json that Hugging Face's transformers reads, as an object. Throws ArgumentError with every part of the configuration that
 * it cannot say.
 */
export const clipConfigToJson = (config: ClipConfig): Readonly<Record<string, unknown>> =>
  writtenConfig(config, toJson(config), {
    operation: "clipConfigToJson",
    read: clipConfigFromJson,
    explicit: ({ text, vision, ...own }) => ({
      ...own,
      text: explicitDecoder(text),
      vision: explicitVit(vision),
    }),
  });
