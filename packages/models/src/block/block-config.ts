import type { ActivationName } from "@adjoint/nn";

/** What tells the blocks of one Transformer from those of another. */
export type BlockConfig = {
  /** Width C. */
  readonly nEmbd: number;
  readonly nLayer: number;
  /** Heads of queries. */
  readonly nHead: number;
  /** Heads of keys and values, a divisor of `nHead`. */
  readonly nKvHead: number;
  /** Size of a head. */
  readonly headDim: number;
  /** The norms, and whether they come before attention and MLP (GPT-2 and later) or after the addition (2017, BERT). */
  readonly norm: { readonly kind: "layer" | "rms"; readonly eps: number; readonly first: boolean };
  readonly attention: {
    /** Whether queries, keys and values have biases. */
    readonly useBias: boolean;
    /** Whether the projection back has one. */
    readonly outputBias: boolean;
    /** Whether queries and keys are normalised head by head. */
    readonly qkNorm: boolean;
    /** Scores are multiplied with it; default 1 / sqrt(headDim). */
    readonly scale?: number;
  };
  readonly mlp: {
    /** Width of the hidden layer. */
    readonly hidden: number;
    readonly activation: ActivationName;
    /** Whether a second projection is multiplied with the activation, as in SwiGLU. */
    readonly gated: boolean;
    readonly useBias: boolean;
  };
  /** Rate while training, where a key is given. */
  readonly dropout: number;
  /** Standard deviation of fresh weights. */
  readonly initStd: number;
};
