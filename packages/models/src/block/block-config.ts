import type { ActivationName, RouterOptions } from "@adjoint/nn";

/** Keys and values made from one narrow vector a token, as DeepSeek has them (`latentAttention`). */
export type LatentConfig = {
  /** Width of the latent vector of keys and values. */
  readonly kvRank: number;
  /** Width of that of queries; made straight from the sequence when absent. */
  readonly qRank?: number;
  /** Elements of a head that do not rotate. */
  readonly plainDim: number;
  /** Elements that do. */
  readonly ropeDim: number;
  readonly valueDim: number;
};

/** Many MLPs of which each token takes a few. */
export type ExpertsConfig = RouterOptions & {
  readonly nExpert: number;
  /** Width of an expert's hidden layer. */
  readonly hidden: number;
  /** Width of the MLP that every token goes through; none when absent. */
  readonly sharedHidden?: number;
  /** Whether experts are chosen by scores with a bias that training moves. */
  readonly selectionBias: boolean;
  /** Layers at the start that have a plain MLP. */
  readonly firstDense: number;
};

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
  readonly norm: {
    readonly kind: "layer" | "rms";
    readonly eps: number;
    readonly first: boolean;
    /** Whether RMS norms have a learned scale; true when absent, false in nanochat. */
    readonly useScale?: boolean;
  };
  readonly attention: {
    /** Whether queries, keys and values have biases. */
    readonly useBias: boolean;
    /** Whether the projection back has one. */
    readonly outputBias: boolean;
    /** Whether queries and keys are normalised head by head. */
    readonly qkNorm: boolean;
    /** Whether these norms have a learned scale; true when absent, false in nanochat. */
    readonly qkScale?: boolean;
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
  /** Replaces attention by heads. */
  readonly latent?: LatentConfig;
  /** Replaces the MLP. */
  readonly experts?: ExpertsConfig;
  /** Rate while training, where a key is given. */
  readonly dropout: number;
  /** Standard deviation of fresh weights. */
  readonly initStd: number;
};
