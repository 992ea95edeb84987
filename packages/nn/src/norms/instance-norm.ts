import type { Layer } from "../layers/layer.ts";
import { type ChannelParams, channelsOf } from "./channels.ts";
import {
  type ChannelNormConfig,
  groupNorm,
  type GroupNormOptions,
  initChannels,
} from "./group-norm.ts";

/** Settings of `instanceNorm.apply`. */
export type InstanceNormOptions = Pick<GroupNormOptions, "eps">;

/**
 * Instance normalisation: `groupNorm` with a group for each channel, for x (N, C, ...spatial).
 * @see https://arxiv.org/abs/1607.08022
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { instanceNorm } from "@adjoint/nn";
 * await instanceNorm.apply({}, tensor([[[1, 3], [5, 9]]]), { eps: 0 }).toArray(); // => [[[-1, 1], [-1, 1]]]
 * ```
 */
export const instanceNorm: Layer<
  ChannelNormConfig,
  ChannelParams,
  [options?: InstanceNormOptions]
> = {
  init: (_key, config) => initChannels("instanceNorm", config),
  apply: (params, x, options = {}) =>
    groupNorm.apply(params, x, { ...options, groups: channelsOf("instanceNorm", params, x) }),
};
