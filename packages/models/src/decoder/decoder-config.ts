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

/** Learned shortcuts between distant layers and neighbouring tokens, as nanochat's own code has them. */
export type Shortcuts = {
  /** Whether each layer reads a multiple of the sequence plus one of what entered the first; false when absent. */
  readonly mixing?: boolean;
  /** How many elements of a token tell how much of the token before it is added before the first layer; no such sum when absent. */
  readonly smearGate?: number;
  /** Whether a multiple of what the middle layer gave is taken away after the last; false when absent. */
  readonly backout?: boolean;
  /**
   * How many elements of a token tell how much of its row in a table every second layer adds to the values of its attention; no such
   * tables when absent.
   */
  readonly valueGate?: number;
};

/** Everything that tells one decoder of text from another, as plain data: GPT-2, Llama, Qwen3 and Mistral are values of it. */
export type DecoderConfig = BlockConfig & {
  /** Tokens V. */
  readonly vocabSize: number;
  /** Rows of tables of tokens, where that is more than there are tokens; the others have no scores. */
  readonly vocabRows?: number;
  /** The longest sequence. */
  readonly contextLength: number;
  readonly positions: Positions;
  /** For each layer: how many tokens back it sees, itself included; undefined for all. */
  readonly windows: readonly (number | undefined)[];
  /** Whether the embedding goes through a norm without parameters, as in nanochat; false when absent. */
  readonly embeddingNorm?: boolean;
  readonly shortcuts?: Shortcuts;
  /** Whether scores come from the token embedding. */
  readonly tiedHead: boolean;
  /** Scores s become c tanh(s / c); as they are when absent. */
  readonly logitCap?: number;
};
