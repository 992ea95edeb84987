import { type Initializer, normalInit } from "./initializer.ts";

/** Initializers of one family of models. */
export type InitScheme = {
  /** Kernels of linear layers. */
  readonly kernelInit: Initializer;
  /** Kernels of projections back into the sequence. */
  readonly outputInit: Initializer;
  /** Embedding tables. */
  readonly tableInit: Initializer;
};

/**
 * GPT-2's start: N(0, 0.02), the projections back into the sequence divided by sqrt(2 nLayer), one for each of the two
 * additions of a block.
 * @see https://github.com/karpathy/nanoGPT
 *
 * ```ts doctest
 * import { key } from "@adjoint/core/random";
 * import { gpt2Init } from "@adjoint/nn";
 * gpt2Init({ nLayer: 12 }).outputInit(key(0), [4, 4]).shape; // => [4, 4]
 * ```
 */
export const gpt2Init = ({
  nLayer,
  stddev = 0.02,
}: {
  readonly nLayer: number;
  readonly stddev?: number;
}): InitScheme => ({
  kernelInit: normalInit(stddev),
  outputInit: normalInit(stddev / Math.sqrt(2 * nLayer)),
  tableInit: normalInit(stddev),
});

/** BERT's start in Hugging Face: N(0, 0.02) for every kernel and table (the paper's code cuts the tails). */
export const bertInit = ({ stddev = 0.02 }: { readonly stddev?: number } = {}): InitScheme => {
  const init = normalInit(stddev);
  return { kernelInit: init, outputInit: init, tableInit: init };
};

/** Sizes that T5's start depends on. */
export type T5InitOptions = {
  /** Width C. */
  readonly nEmbd: number;
  /** Size D of a head. */
  readonly headDim: number;
  readonly nHead: number;
  /** Width of the MLP's hidden layer. */
  readonly hidden: number;
  /** Multiplies every standard deviation; default 1. */
  readonly factor?: number;
};

/** Initializers of T5, which does not divide its scores by sqrt(D) but starts the queries smaller. */
export type T5Init = {
  readonly tableInit: Initializer;
  readonly queryInit: Initializer;
  /** Keys and values. */
  readonly keyValueInit: Initializer;
  /** Attention's projection back. */
  readonly attentionOutputInit: Initializer;
  readonly upInit: Initializer;
  readonly downInit: Initializer;
  readonly relativeBiasInit: Initializer;
};

/**
 * T5's start: tables N(0, 1), queries N(0, 1 / (C D)), keys, values and up N(0, 1 / C), attention's projection
 * N(0, 1 / (H D)), down N(0, 1 / hidden).
 * @see https://github.com/huggingface/transformers/blob/main/src/transformers/models/t5/modeling_t5.py
 */
export const t5Init = ({ nEmbd, headDim, nHead, hidden, factor = 1 }: T5InitOptions): T5Init => {
  const scaled = (variance: number): Initializer => normalInit(factor * Math.sqrt(variance));
  return {
    tableInit: scaled(1),
    queryInit: scaled(1 / (nEmbd * headDim)),
    keyValueInit: scaled(1 / nEmbd),
    attentionOutputInit: scaled(1 / (nHead * headDim)),
    upInit: scaled(1 / nEmbd),
    downInit: scaled(1 / hidden),
    relativeBiasInit: scaled(1 / nEmbd),
  };
};
