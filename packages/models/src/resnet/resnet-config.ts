import { z } from "zod";
import type { Either } from "@adjoint/core/either";
import { count, flag, only, optional, size } from "../families/fields.ts";
import {
  aConfig,
  aCount,
  aList,
  aSize,
  type ConfigCheck,
  configCheck,
  oneOf,
} from "../internal/config-schema.ts";
import { parseConfig } from "../pretrained/parse-config.ts";
import type { PretrainedError } from "../pretrained/pretrained-error.ts";
import { type ConfigJson, writtenConfig } from "../pretrained/written-config.ts";

/** Sizes of a ResNet. */
export type ResnetConfig = {
  readonly channels: number;
  /** Channels after the first convolution. */
  readonly embedding: number;
  /** Channels of each stage. */
  readonly widths: readonly number[];
  /** Layers of each stage. */
  readonly depths: readonly number[];
  /** `basic`: two 3 x 3 convolutions (ResNet-18, 34); `bottleneck`: 1 x 1, 3 x 3, 1 x 1 (ResNet-50 and larger). */
  readonly layer: "basic" | "bottleneck";
  /** Whether the first stage halves the image too. */
  readonly firstStride: 1 | 2;
  /**
   * The beginning: `large` is a 7 x 7 convolution and a pooling that each halve the image, `small` a 3 x 3 convolution, for images of 32 x
   * 32 and less.
   */
  readonly stem: "large" | "small";
};

/** A bottleneck's middle has this part of the channels. */
export const reduction = 4;

/** What `resnetConfig` takes: the stages, and what differs from the defaults. */
export type ResnetSettings = Pick<ResnetConfig, "widths" | "depths"> & Partial<ResnetConfig>;

/** Throws ArgumentError for the first field of a configuration that is wrong. */
export const checkResnetConfig: ConfigCheck<ResnetConfig> = configCheck(
  aConfig<ResnetConfig>(
    {
      channels: aSize,
      embedding: aSize,
      widths: aList(aSize),
      depths: aList(aCount),
      layer: oneOf("basic", "bottleneck"),
      firstStride: oneOf(1, 2),
      stem: oneOf("large", "small"),
    },
    ({ widths, depths, layer }) => [
      ["widths", widths.length > 0, "must name a stage"],
      ["depths", depths.length === widths.length, `must have one entry a stage, ${widths.length}`],
      [
        "widths",
        layer === "basic" || widths.every((width) => width % reduction === 0),
        `must be multiples of ${reduction} for bottlenecks`,
      ],
    ],
  ),
);

/** A complete configuration; by default ResNet-18's kind of layers and beginning. Throws ArgumentError for what cannot be. */
export const resnetConfig = (settings: ResnetSettings): ResnetConfig => {
  const { widths } = settings;
  const config: ResnetConfig = {
    channels: 3,
    embedding: Array.isArray(widths) ? (widths[0] ?? 64) : 64,
    layer: "basic",
    firstStride: 1,
    stem: "large",
    ...settings,
  };
  checkResnetConfig("resnetConfig", config);
  return config;
};

const fileSchema = z
  .object({
    model_type: only("resnet"),
    num_channels: optional(size),
    embedding_size: size,
    hidden_sizes: z.array(size).min(1),
    depths: z.array(count).min(1),
    layer_type: optional(z.enum(["basic", "bottleneck"])),
    hidden_act: only("relu"),
    downsample_in_first_stage: flag,
    downsample_in_bottleneck: only(false),
  })
  .refine((fields) => fields.hidden_sizes.length === fields.depths.length, {
    path: ["depths"],
    message: "must have one entry for each of hidden_sizes",
  })
  .transform((fields) =>
    resnetConfig({
      channels: fields.num_channels ?? 3,
      embedding: fields.embedding_size,
      widths: fields.hidden_sizes,
      depths: fields.depths,
      layer: fields.layer_type ?? "bottleneck",
      firstStride: fields.downsample_in_first_stage ? 2 : 1,
    }),
  );

/** The configuration in a parsed config.json, or every field that is wrong. */
export const resnetConfigFromJson = (json: unknown): Either<PretrainedError, ResnetConfig> =>
  parseConfig(fileSchema, json, "resnet");

const toJson = (config: ResnetConfig): ConfigJson => ({
  model_type: "resnet",
  architectures: ["ResNetForImageClassification"],
  num_channels: config.channels,
  embedding_size: config.embedding,
  hidden_sizes: config.widths,
  depths: config.depths,
  layer_type: config.layer,
  hidden_act: "relu",
  downsample_in_first_stage: config.firstStride === 2,
});

/**
 * The config.json that Hugging Face's transformers reads, as an object. Throws ArgumentError for the `small` beginning, which it does
 * not know.
 */
export const resnetConfigToJson = (config: ResnetConfig): Readonly<Record<string, unknown>> =>
  writtenConfig(config, toJson(config), {
    operation: "resnetConfigToJson",
    read: resnetConfigFromJson,
    explicit: (own) => own,
  });
