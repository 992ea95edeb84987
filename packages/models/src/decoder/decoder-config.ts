import type { ActivationName, RopeLayout, RopeScaling } from "@adjoint/nn";

/** Where tokens get their places from: a table of learned vectors, or rotations of queries and keys. */
export type Positions =
  | { readonly kind: "learned" }
  | {
      readonly kind: "rope";
      readonly layout: RopeLayout;
      readonly base: number;
      /** Elements of a head that rotate; default all. */
      readonly dim?: number;
      readonly scaling?: RopeScaling;
    };

/** Everything that tells one decoder of text from another, as plain data: GPT-2, Llama, Qwen3 and Mistral are values of it. */
export type DecoderConfig = {
  /** Tokens V. */
  readonly vocabSize: number;
  /** The longest sequence. */
  readonly contextLength: number;
  /** Width C. */
  readonly nEmbd: number;
  readonly nLayer: number;
  /** Heads of queries. */
  readonly nHead: number;
  /** Heads of keys and values, a divisor of `nHead`. */
  readonly nKvHead: number;
  /** Size of a head. */
  readonly headDim: number;
  readonly positions: Positions;
  readonly norm: { readonly kind: "layer" | "rms"; readonly eps: number };
  readonly attention: {
    /** Whether queries, keys and values have biases. */
    readonly useBias: boolean;
    /** Whether the projection back has one. */
    readonly outputBias: boolean;
    /** Whether queries and keys are normalised head by head. */
    readonly qkNorm: boolean;
    /** For each layer: how many tokens back it sees, itself included; undefined for all. */
    readonly windows: readonly (number | undefined)[];
  };
  readonly mlp: {
    /** Width of the hidden layer. */
    readonly hidden: number;
    readonly activation: ActivationName;
    /** Whether a second projection is multiplied with the activation, as in SwiGLU. */
    readonly gated: boolean;
    readonly useBias: boolean;
  };
  /** Whether scores come from the token embedding. */
  readonly tiedHead: boolean;
  /** Standard deviation of fresh weights. */
  readonly initStd: number;
};
