import type { Either } from "@adjoint/core/either";
import { z } from "zod";
import { explicitDecoder } from "../decoder/explicit-decoder.ts";
import { only, optional, place, size } from "../families/fields.ts";
import type { WeightMap } from "../pretrained/load-params.ts";
import { parseConfig } from "../pretrained/parse-config.ts";
import type { PretrainedError } from "../pretrained/pretrained-error.ts";
import type { WeightSource } from "../pretrained/weight-source.ts";
import { type ConfigJson, writtenConfig } from "../pretrained/written-config.ts";
import { explicitVit } from "../vit/vit-config.ts";
import { activationField, activationToJson } from "./activation-fields.ts";
import { vectorsPerImage } from "./image-vectors.ts";
import { llavaSource, llavaWeights } from "./llava-weights.ts";
import { familyOf, textFamilies } from "./text-family.ts";
import { towerOf, visionTowers } from "./vision-tower.ts";
import { misfits, type VlmConfig } from "./vlm-config.ts";

/** LLaVA in the files of Hugging Face. */
export type Llava = {
  /** `model_type` in config.json. */
  readonly modelType: string;
  /** The configuration in a parsed config.json, or every field that is wrong. */
  readonly configFromJson: (json: unknown) => Either<PretrainedError, VlmConfig>;
  /**
   * The config.json that transformers reads, as an object. `pool` is written as `patch_pooling`, which transformers does not know: it
   * asks for all patches then. Throws ArgumentError for halves that it has no class for, and with every part that files cannot say.
   */
  readonly configToJson: (config: VlmConfig) => Readonly<Record<string, unknown>>;
  /** Where the parameters lie in a checkpoint. */
  readonly weights: (config: VlmConfig) => WeightMap;
  /** A checkpoint written by an older or a newer transformers, with the names that `weights` has. */
  readonly source: (source: WeightSource) => WeightSource;
};

/** Problems of a part that name no field of it. */
const nameless = /^the file: /;

/** A part of a file that has its own reader, chosen by its `model_type`. */
const part = <T>(
  readers: ReadonlyMap<unknown, (json: unknown) => Either<PretrainedError, T>>,
  absent: string,
): z.ZodType<T> =>
  z.looseObject({ model_type: optional(z.string()) }).transform((json, context) => {
    const type = json.model_type ?? absent;
    const result = readers.get(type)?.(json);
    if (result?._tag === "Right") return result.right;
    const known = [...readers.keys()].join(", ");
    const problems = result?.left.problems ?? [`model_type: must be one of ${known}, got ${type}`];
    for (const problem of problems) {
      const [field = "", ...rest] = nameless.test(problem) ? [""] : problem.split(": ");
      context.addIssue({
        code: "custom",
        path: field === "" ? [] : [field],
        message: field === "" ? problem.replace(nameless, "") : rest.join(": "),
      });
    }
    return z.NEVER;
  });

/** LLaVA's files leave out what transformers has as Llama's defaults. */
const llamaDefaults = {
  vocab_size: 32_000,
  hidden_size: 4096,
  intermediate_size: 11_008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  max_position_embeddings: 2048,
  rms_norm_eps: 1e-6,
};

const readText = (type: keyof typeof textFamilies) => (json: unknown) =>
  textFamilies[type].configFromJson(
    type === "llama" && typeof json === "object" ? { ...llamaDefaults, ...json } : json,
  );

const fileSchema = z
  .object({
    model_type: only("llava"), // its successors cut images into tiles
    image_token_index: optional(place),
    image_token_id: optional(place),
    projector_hidden_act: activationField("gelu"),
    multimodal_projector_bias: optional(z.boolean()),
    vision_feature_layer: optional(z.union([z.int(), z.array(z.int())])),
    vision_feature_select_strategy: optional(z.enum(["default", "full"])),
    patch_pooling: optional(size),
    tie_word_embeddings: optional(z.boolean()),
    text_config: part(
      new Map(
        (["llama", "mistral", "mixtral", "qwen3"] as const).map((type) => [type, readText(type)]),
      ),
      "llama",
    ),
    vision_config: part(
      new Map(
        Object.entries(visionTowers).map(([type, { configFromJson }]) => [type, configFromJson]),
      ),
      "clip_vision_model",
    ),
  })
  .transform((fields): VlmConfig => {
    const { text_config: text, vision_config: vision } = fields;
    const layers = fields.vision_feature_layer ?? -2;
    return {
      vision,
      text: { ...text, tiedHead: text.tiedHead || fields.tie_word_embeddings === true },
      imageToken: fields.image_token_index ?? fields.image_token_id ?? 32_000,
      featureLayers: typeof layers === "number" ? [layers] : layers,
      keepClassToken: fields.vision_feature_select_strategy === "full",
      projector: {
        activation: fields.projector_hidden_act,
        useBias: fields.multimodal_projector_bias ?? true,
      },
      pool: fields.patch_pooling ?? 1,
    };
  })
  .superRefine((config, context) => {
    for (const [field, message] of misfits(config))
      context.addIssue({ code: "custom", path: field.split("."), message });
  });

const configFromJson: Llava["configFromJson"] = (json) => parseConfig(fileSchema, json, "llava");

const toJson = (config: VlmConfig): ConfigJson => {
  const { vision, text, imageToken, featureLayers, keepClassToken, projector, pool } = config;
  const [layer, ...others] = featureLayers;
  const { architectures: _, ...textFields } = familyOf(text).configToJson(text);
  return {
    model_type: "llava",
    architectures: ["LlavaForConditionalGeneration"],
    image_token_index: imageToken,
    image_seq_length: vectorsPerImage(config),
    projector_hidden_act: activationToJson(projector.activation),
    multimodal_projector_bias: projector.useBias,
    vision_feature_layer: others.length === 0 ? layer : featureLayers,
    vision_feature_select_strategy: keepClassToken ? "full" : "default",
    ...(pool === 1 ? {} : { patch_pooling: pool }),
    tie_word_embeddings: text.tiedHead,
    text_config: textFields,
    vision_config: towerOf(vision).configToJson(vision),
  };
};

/**
 * LLaVA 1.5 and its kin: `vlm` with the tower of CLIP, SigLIP or ViT in front of Llama, Mistral, Mixtral or Qwen3. Files of every
 * transformers are read through `source`; they are written as transformers 5 writes them.
 * @see https://huggingface.co/docs/transformers/model_doc/llava
 *
 * ```ts doctest
 * import { llava, vlm } from "@adjoint/models";
 * const vision = { hidden_size: 8, intermediate_size: 16, num_hidden_layers: 2, num_attention_heads: 2, image_size: 8, patch_size: 4 };
 * const text = { hidden_size: 8, intermediate_size: 16, num_hidden_layers: 1, num_attention_heads: 2, vocab_size: 20 };
 * const config = llava.configFromJson({ image_token_index: 19, vision_config: vision, text_config: text });
 * config._tag === "Right" && vlm.vectorsPerImage(config.right); // => 4
 * const wrong = llava.configFromJson({ vision_config: { ...vision, patch_size: 0 }, text_config: text });
 * wrong._tag === "Left" && wrong.left.problems; // => ["vision_config.patch_size: Too small: expected number to be >=1"]
 * ```
 */
export const llava: Llava = {
  modelType: "llava",
  configFromJson,
  configToJson: (config) =>
    writtenConfig(config, toJson(config), {
      operation: "llava.configToJson",
      read: configFromJson,
      explicit: ({ text, vision, ...own }) => ({
        ...own,
        text: explicitDecoder(text),
        vision: explicitVit(vision),
      }),
    }),
  weights: llavaWeights,
  source: llavaSource,
};
