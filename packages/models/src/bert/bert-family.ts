import type { Either } from "@adjoint/core/either";
import type { WeightMap } from "../pretrained/load-params.ts";
import type { PretrainedError } from "../pretrained/pretrained-error.ts";
import type { BertConfig } from "./bert-config.ts";
import type { BertHeads, BertLabels } from "./bert-heads.ts";

/** How a model that is `bert` with other names is written in files. */
export type BertFamily = {
  /** Values of `model_type` in config.json that are this model; the first is written. */
  readonly modelTypes: readonly string[];
  /** The configuration in a parsed config.json, or every field that is wrong. */
  readonly configFromJson: (json: unknown) => Either<PretrainedError, BertConfig>;
  /**
   * The config.json that Hugging Face's transformers reads, as an object: its class and its labels are those of the heads that
   * `weights` takes. Throws ArgumentError with every part of the configuration that it cannot say.
   */
  readonly configToJson: (
    config: BertConfig,
    heads?: BertHeads,
  ) => Readonly<Record<string, unknown>>;
  /** As `bertWeights`, with heads of `heads`. */
  readonly weights: (config: BertConfig, heads?: BertHeads) => WeightMap;
  /** Heads of Hugging Face's classes. */
  readonly heads: {
    /** No more than the plain model: the encoder, and its pooler where the family has one. */
    readonly encoder: BertHeads;
    readonly maskedLm: BertHeads;
    readonly sequenceClassification: (labels: BertLabels) => BertHeads;
    readonly tokenClassification: (labels: BertLabels) => BertHeads;
    readonly questionAnswering: BertHeads;
  };
};
