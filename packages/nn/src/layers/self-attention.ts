import { ArgumentError, ShapeError, type Tensor } from "@adjoint/core";
import { splitTuple } from "@adjoint/core/random";
import type { Initializer } from "../init/initializer.ts";
import { checkSize } from "../internal/check.ts";
import { checkKernels, checkRecords, checkTensors } from "../internal/check-tensors.ts";
import { dotProductAttention } from "./dot-product-attention.ts";
import { dropout, type DropoutOptions } from "./dropout.ts";
import type { Layer } from "./layer.ts";
import { linear, type LinearParams } from "./linear.ts";

/** Settings of `selfAttention`. */
export type SelfAttentionConfig = {
  /** Width C of the sequence. */
  readonly nEmbd: number;
  /** Whether the linear layers have biases; true when absent. */
  readonly useBias?: boolean;
  /** Kernels; default `lecunNormal`. */
  readonly kernelInit?: Initializer;
  /** Kernel of the projection back into the sequence; default `kernelInit`. */
  readonly outputInit?: Initializer;
};

/** Parameters of `selfAttention`: queries, keys and values in one kernel (C, 3C), and the projection (C, C). */
export type SelfAttentionParams = {
  readonly qkv: LinearParams;
  readonly projection: LinearParams;
};

/** Settings of `selfAttention.apply`; dropout acts on the attention weights and on the result. */
export type SelfAttentionOptions = DropoutOptions & {
  /** Number of heads H, a divisor of C. */
  readonly nHead: number;
  /** Whether a position sees only itself and earlier ones; true when absent. */
  readonly causal?: boolean;
};

/** Throws unless x is a sequence (..., T, C) whose width the heads divide. */
const checkSequence = (x: Tensor, nHead: number): void => {
  checkTensors("selfAttention", { x });
  const [length, width] = x.shape.slice(-2);
  if (length === undefined || width === undefined)
    throw new ShapeError({
      operation: "selfAttention",
      rule: "takes a sequence (..., T, C)",
      got: `[${x.shape.join()}]`,
    });
  if (width % checkSize("selfAttention", "nHead", nHead) !== 0)
    throw new ArgumentError({
      operation: "selfAttention",
      rule: "nHead must divide the width",
      got: `${nHead} heads for width ${width}`,
    });
};

/** Queries, keys and values: (..., T, 3C) -> three (..., H, T, D). */
const splitHeads = (qkv: Tensor, nHead: number): readonly [Tensor, Tensor, Tensor] => {
  const lead = qkv.shape.slice(0, -2);
  const [length = 0, width = 0] = qkv.shape.slice(-2);
  const n = lead.length;
  const parts = qkv
    .reshape([...lead, length, 3, nHead, width / 3 / nHead]) // (..., T, 3, H, D)
    .transpose([n + 1, ...lead.keys(), n + 2, n, n + 3]); // (3, ..., H, T, D)
  const part = (i: number): Tensor =>
    parts
      .slice([i, ...parts.shape.slice(1).map(() => 0)], [i + 1, ...parts.shape.slice(1)])
      .squeeze(0);
  return [part(0), part(1), part(2)];
};

/** (..., H, T, D) -> (..., T, C). */
const joinHeads = (x: Tensor): Tensor => {
  const lead = x.shape.slice(0, -3);
  const [heads = 0, length = 0, size = 0] = x.shape.slice(-3);
  const n = lead.length;
  return x.transpose([...lead.keys(), n + 1, n, n + 2]).reshape([...lead, length, heads * size]);
};

/**
 * Multi-head self-attention: x (..., T, C) gives (..., T, C), causal unless told otherwise.
 * `init` throws ArgumentError for bad sizes, `apply` ArgumentError when the heads do not divide the width.
 * @see https://arxiv.org/abs/1706.03762
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { selfAttention } from "@adjoint/nn";
 * const params = selfAttention.init(key(0), { nEmbd: 8 });
 * selfAttention.apply(params, ones([2, 5, 8]), { nHead: 2 }).shape; // => [2, 5, 8]
 * ```
 */
export const selfAttention: Layer<
  SelfAttentionConfig,
  SelfAttentionParams,
  [options: SelfAttentionOptions]
> = {
  init: (key, config) => {
    checkRecords("selfAttention", { config });
    const { nEmbd, useBias = true, kernelInit, outputInit = kernelInit } = config;
    const [forQkv, forProjection] = splitTuple(key, 2);
    const width = checkSize("selfAttention", "nEmbd", nEmbd);
    const own = (init: Initializer | undefined) => ({
      useBias,
      ...(init === undefined ? {} : { kernelInit: init }),
    });
    return {
      qkv: linear.init(forQkv, { inFeatures: width, outFeatures: 3 * width, ...own(kernelInit) }),
      projection: linear.init(forProjection, {
        inFeatures: width,
        outFeatures: width,
        ...own(outputInit),
      }),
    };
  },
  apply: (params, x, options) => {
    checkKernels("selfAttention", { params }, ["qkv", "projection"]);
    checkRecords("selfAttention", { options });
    const { nHead, causal = true, dropout: rate = 0, key } = options;
    checkSequence(x, nHead);
    const [forWeights, forResult] = key === undefined ? [undefined, undefined] : splitTuple(key, 2);
    const [q, k, v] = splitHeads(linear.apply(params.qkv, x), nHead);
    const y = dotProductAttention(q, k, v, { causal, dropout: rate, key: forWeights });
    return dropout(linear.apply(params.projection, joinHeads(y)), {
      dropout: rate,
      key: forResult,
    });
  },
};
