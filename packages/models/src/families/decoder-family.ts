import type { DecoderConfig } from "../decoder/decoder-config.ts";
import type { Either } from "@adjoint/core/either";
import type { WeightMap } from "../pretrained/load-params.ts";
import type { PretrainedError } from "../pretrained/pretrained-error.ts";

/** How a family of decoders is written in files: its config.json, and the names of its arrays. */
export type DecoderFamily = {
  /** `model_type` in config.json. */
  readonly modelType: string;
  /** The configuration in a parsed config.json, or every field that is wrong. */
  readonly configFromJson: (json: unknown) => Either<PretrainedError, DecoderConfig>;
  /**
   * The config.json that Hugging Face's transformers reads, as an object. Throws ArgumentError with every part of the configuration
   * that the family's files cannot say; dropout and `initStd` are matters of training, and may be lost.
   */
  readonly configToJson: (config: DecoderConfig) => Readonly<Record<string, unknown>>;
  /** Where the parameters lie in a checkpoint. */
  readonly weights: (config: DecoderConfig) => WeightMap;
};
