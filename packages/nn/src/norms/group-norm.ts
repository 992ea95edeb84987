import { ArgumentError, layerNorm as normalize, ones, type Tensor, zeros } from "@adjoint/core";
import { checkSize } from "../internal/check.ts";
import type { Layer } from "../layers/layer.ts";
import { affine, type ChannelParams, channelsOf } from "./channels.ts";

/** Settings of `groupNorm` and `instanceNorm`. */
export type ChannelNormConfig = {
  /** Number of channels C. */
  readonly features: number;
  /** Whether there are a learned scale and bias; true when absent. */
  readonly useScale?: boolean;
};

/** Settings of `groupNorm.apply`. */
export type GroupNormOptions = {
  /** Number of groups, a divisor of C; default 1. */
  readonly groups?: number;
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
};

/** Scale 1 and bias 0 for each channel, or none. */
export const initChannels = (
  operation: string,
  { features, useScale = true }: ChannelNormConfig,
): ChannelParams => {
  const shape = [checkSize(operation, "features", features)];
  return useScale ? { scale: ones(shape), bias: zeros(shape) } : {};
};

/** x (N, C, ...spatial) with mean 0 and variance 1 within each group of channels of each example. */
const standardized = (x: Tensor, groups: number, eps: number): Tensor => {
  if (x.size === 0) return x;
  const grouped = x.reshape([x.shape[0] ?? 1, groups, -1]);
  return normalize(grouped, undefined, undefined, { eps }).reshape(x.shape);
};

/**
 * Group normalisation of x (N, C, ...spatial): each example's channels fall into groups, and each group gets mean 0 and
 * variance 1; then scale and bias for each channel.
 * `init` throws ArgumentError for bad sizes, `apply` ArgumentError when the groups do not divide the channels.
 * @see https://arxiv.org/abs/1803.08494
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { groupNorm } from "@adjoint/nn";
 * const params = groupNorm.init(key(0), { features: 4 });
 * const y = groupNorm.apply(params, tensor([[1, 3, 5, 9]]), { groups: 2, eps: 0 });
 * await y.toArray(); // => [[-1, 1, -1, 1]]
 * ```
 */
export const groupNorm: Layer<ChannelNormConfig, ChannelParams, [options?: GroupNormOptions]> = {
  init: (_key, config) => initChannels("groupNorm", config),
  apply: (params, x, { groups = 1, eps = 1e-5 } = {}) => {
    const channels = channelsOf("groupNorm", params, x);
    if (channels % checkSize("groupNorm", "groups", groups) !== 0)
      throw new ArgumentError({
        operation: "groupNorm",
        rule: "groups must divide the number of channels",
        got: `${groups} groups for ${channels} channels`,
      });
    return affine(params, standardized(x, groups, eps));
  },
};
