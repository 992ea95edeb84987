import { splitTuple } from "@adjoint/core/random";
import type { Initializer } from "../init/initializer.ts";
import type { Layer } from "./layer.ts";
import { layerNorm, type LayerNormOptions, type LayerNormParams } from "./layer-norm.ts";
import { mlp, type MlpOptions, type MlpParams } from "./mlp.ts";
import {
  selfAttention,
  type SelfAttentionOptions,
  type SelfAttentionParams,
} from "./self-attention.ts";

/** Settings of `block`. */
export type BlockConfig = {
  /** Width C of the sequence. */
  readonly nEmbd: number;
  /** Width of the hidden layer of the MLP; default 4 C. */
  readonly hidden?: number;
  /** Whether linear layers and norms have biases; true when absent. */
  readonly useBias?: boolean;
  /** Kernels; default `lecunNormal`. */
  readonly kernelInit?: Initializer;
  /** Kernels of the two projections back into the sequence; default `kernelInit`. */
  readonly outputInit?: Initializer;
};

/** Parameters of `block`. */
export type BlockParams = {
  readonly ln1: LayerNormParams;
  readonly attention: SelfAttentionParams;
  readonly ln2: LayerNormParams;
  readonly mlp: MlpParams;
};

/** Settings of `block.apply`. */
export type BlockOptions = SelfAttentionOptions & MlpOptions & LayerNormOptions;

/**
 * Pre-norm Transformer block: x + attention(norm(x)), then x + mlp(norm(x)), for x (..., T, C).
 * Throws as `selfAttention` does.
 * @see https://arxiv.org/abs/2002.04745
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { block } from "@adjoint/nn";
 * const params = block.init(key(0), { nEmbd: 8 });
 * block.apply(params, ones([2, 5, 8]), { nHead: 2 }).shape; // => [2, 5, 8]
 * ```
 */
export const block: Layer<BlockConfig, BlockParams, [options: BlockOptions]> = {
  init: (key, { nEmbd, hidden = 4 * nEmbd, useBias = true, ...inits }) => {
    const [forAttention, forMlp] = splitTuple(key, 2);
    return {
      ln1: layerNorm.init(key, { features: nEmbd, useBias }),
      attention: selfAttention.init(forAttention, { nEmbd, useBias, ...inits }),
      ln2: layerNorm.init(key, { features: nEmbd, useBias }),
      mlp: mlp.init(forMlp, { sizes: [nEmbd, hidden, nEmbd], useBias, ...inits }),
    };
  },
  apply: (params, x, { key, ...options }) => {
    const [forAttention, forMlp] = key === undefined ? [undefined, undefined] : splitTuple(key, 2);
    const attended = selfAttention.apply(
      params.attention,
      layerNorm.apply(params.ln1, x, options),
      {
        ...options,
        key: forAttention,
      },
    );
    const h = x.add(attended);
    return h.add(
      mlp.apply(params.mlp, layerNorm.apply(params.ln2, h, options), { ...options, key: forMlp }),
    );
  },
};
