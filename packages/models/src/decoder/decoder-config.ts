import type { RopeLayout, RopeScaling } from "@adjoint/nn";
import type { BlockConfig } from "../block/block-config.ts";

/** As `RopeScaling` of nn; `dynamic` takes the length from the places of each call. */
export type PositionScaling =
  | Exclude<RopeScaling, { readonly kind: "dynamic" }>
  | { readonly kind: "dynamic"; readonly factor: number; readonly originalLength: number };

/** Where tokens get their places from: a table of learned vectors, or rotations of queries and keys. */
export type Positions =
  | { readonly kind: "learned" }
  | {
      readonly kind: "rope";
      readonly layout: RopeLayout;
      readonly base: number;
      /** Whether they turn the other way, as nanochat's do; false when absent. */
      readonly reversed?: boolean;
      /** Elements of a head that rotate; default all. */
      readonly dim?: number;
      readonly scaling?: PositionScaling;
    };

/** Everything that tells one decoder of text from another, as plain data: GPT-2, Llama, Qwen3 and Mistral are values of it. */
export type DecoderConfig = BlockConfig & {
  /** Tokens V. */
  readonly vocabSize: number;
  /** The longest sequence. */
  readonly contextLength: number;
  readonly positions: Positions;
  /** For each layer: how many tokens back it sees, itself included; undefined for all. */
  readonly windows: readonly (number | undefined)[];
  /** Whether the embedding goes through a norm without parameters, as in nanochat; false when absent. */
  readonly embeddingNorm?: boolean;
  /** Whether scores come from the token embedding. */
  readonly tiedHead: boolean;
  /** Scores s become c tanh(s / c); as they are when absent. */
  readonly logitCap?: number;
};
