import { z } from "zod";
import type { BlockConfig } from "../block/block-config.ts";
import { blockFieldRules, blockFields } from "../block/block-schema.ts";
import type { FieldRule } from "../families/field-rules.ts";
import {
  aConfig,
  aCount,
  aFlag,
  aPositive,
  aSize,
  type ConfigCheck,
  configCheck,
  wholeFrom,
} from "../internal/config-schema.ts";

/** Where tokens get their places from: waves added to the embedding, or a learned bias for each distance (T5). */
export type Seq2SeqPositions =
  | { readonly kind: "sinusoidal" }
  | { readonly kind: "relative"; readonly buckets: number; readonly maxDistance: number };

/** Everything that tells one encoder-decoder from another, as plain data; `nLayer` is that of the decoder. */
export type Seq2SeqConfig = BlockConfig & {
  /** Tokens V, of both sides. */
  readonly vocabSize: number;
  readonly encoderLayers: number;
  readonly positions: Seq2SeqPositions;
  /** Whether both sides end with a norm. */
  readonly finalNorm: boolean;
  /** Embeddings are multiplied with it. */
  readonly embeddingScale: number;
  /** Whether scores come from the token embedding. */
  readonly tiedHead: boolean;
  /** What the head reads is multiplied with it. */
  readonly headScale: number;
};

/** What `transformerConfig` takes: the sizes, and what differs from the defaults. */
export type TransformerSettings = Pick<
  Seq2SeqConfig,
  "vocabSize" | "nEmbd" | "nLayer" | "nHead"
> & {
  readonly encoderLayers?: number;
  /** Width of the MLP; default 4 nEmbd. */
  readonly hidden?: number;
  readonly dropout?: number;
  /** Whether both sides end with one more norm, as PyTorch's nn.Transformer has it; false when absent, as in the paper. */
  readonly finalNorm?: boolean;
  readonly tiedHead?: boolean;
  readonly initStd?: number;
};

const positions = z.discriminatedUnion(
  "kind",
  [
    z.object({ kind: z.literal("sinusoidal") }),
    // half of the buckets for each direction in the encoder, and half of those for the near places
    z.object({ kind: z.literal("relative"), buckets: wholeFrom(4), maxDistance: aSize }),
  ],
  { error: "must be one of sinusoidal, relative" },
);

const rulesOf = (config: Seq2SeqConfig): readonly FieldRule[] => {
  const { positions: own, nEmbd } = config;
  const blockRules = blockFieldRules(config);
  if (own.kind === "sinusoidal")
    return [...blockRules, ["nEmbd", nEmbd % 2 === 0, "must be even for sinusoidal positions"]];
  const { buckets, maxDistance } = own;
  return [
    ...blockRules,
    ["positions.maxDistance", maxDistance > buckets / 2, "must be above half of positions.buckets"],
  ];
};

/** Throws ArgumentError for the first field of a configuration that is wrong. */
export const checkSeq2SeqConfig: ConfigCheck<Seq2SeqConfig> = configCheck(
  aConfig<Seq2SeqConfig>(
    {
      ...blockFields,
      vocabSize: aSize,
      encoderLayers: aCount,
      positions,
      finalNorm: aFlag,
      embeddingScale: aPositive,
      tiedHead: aFlag,
      headScale: aPositive,
    },
    rulesOf,
  ),
);

/**
 * The Transformer of 2017: norms after the additions, ReLU, waves for places, embeddings times sqrt(nEmbd) that also give the
 * scores. Throws ArgumentError for what cannot be.
 * @see https://arxiv.org/abs/1706.03762
 */
export const transformerConfig = ({
  nEmbd,
  nHead,
  nLayer,
  vocabSize,
  encoderLayers = nLayer,
  hidden = 4 * nEmbd,
  dropout = 0.1,
  finalNorm = false,
  tiedHead = true,
  initStd = nEmbd ** -0.5,
}: TransformerSettings): Seq2SeqConfig => {
  const config: Seq2SeqConfig = {
    vocabSize,
    nEmbd,
    nLayer,
    encoderLayers,
    nHead,
    nKvHead: nHead,
    headDim: nEmbd / nHead,
    norm: { kind: "layer", eps: 1e-5, first: false },
    attention: { useBias: true, outputBias: true, qkNorm: false },
    mlp: { hidden, activation: "relu", gated: false, useBias: true },
    positions: { kind: "sinusoidal" },
    finalNorm,
    embeddingScale: Math.sqrt(nEmbd),
    tiedHead,
    headScale: 1,
    dropout,
    initStd,
  };
  checkSeq2SeqConfig("transformerConfig", config);
  return config;
};
