import {
  ones,
  promoteTypes,
  ShapeError,
  square,
  stopGradient,
  type Tensor,
  zeros,
} from "@adjoint/core";
import { checkSize } from "../internal/check.ts";
import type { StatefulLayer } from "../layers/stateful-layer.ts";
import { isHalf, widened } from "../internal/half-precision.ts";
import { affine, type ChannelParams, channelsOf, overChannels } from "./channels.ts";
import { type ChannelNormConfig, initChannels } from "./group-norm.ts";

/** State of `batchNorm`: running mean (C) and unbiased variance (C). */
export type BatchNormState = { readonly mean: Tensor; readonly variance: Tensor };

/** Settings of `batchNorm.apply`. */
export type BatchNormOptions = {
  /** Whether the statistics are those of the batch, and the running ones move; false when absent: evaluation. */
  readonly train?: boolean;
  /** Share of the new statistics in the running ones (PyTorch's meaning); default 0.1. */
  readonly momentum?: number;
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
};

/** `x` (N, C, ...spatial) less the mean of each channel, that mean (C), and the biased variance (C). */
const centre = (x: Tensor): { readonly centred: Tensor; readonly batch: BatchNormState } => {
  const axes = x.shape.flatMap((_, i) => (i === 1 ? [] : [i]));
  const mean = x.mean(axes);
  const centred = x.sub(overChannels(mean, x));
  return { centred, batch: { mean, variance: square(centred).mean(axes) } };
};

const moved = (
  state: BatchNormState,
  batch: BatchNormState,
  x: Tensor,
  momentum: number,
): BatchNormState => {
  const count = x.size / (x.shape[1] ?? 1);
  const unbiased = stopGradient(batch.variance).mul(count / Math.max(1, count - 1));
  const mix = (old: Tensor, next: Tensor): Tensor =>
    old
      .mul(1 - momentum)
      .add(next.mul(momentum))
      .cast(old.dtype);
  return {
    mean: mix(state.mean, stopGradient(batch.mean)),
    variance: mix(state.variance, unbiased),
  };
};

/** Throws ShapeError for a batch with one value for each channel: its variance is 0, and so is all that comes out. */
const checkValues = (x: Tensor): void => {
  if (x.size !== x.shape[1]) return;
  throw new ShapeError({
    operation: "batchNorm",
    rule: "training takes more than one value for each channel",
    got: `[${x.shape.join()}]`,
    fix: "give a larger batch, or evaluate",
  });
};

/** Half-precision x gives what it and the parameters are together; the statistics are wider. */
const fitted = (y: Tensor, x: Tensor, { scale = x, bias = x }: ChannelParams): Tensor =>
  isHalf(x) ? y.cast(promoteTypes(promoteTypes(x.dtype, scale.dtype), bias.dtype)) : y;

/**
 * Batch normalisation of x (N, C, ...spatial): each channel gets mean 0 and variance 1 over the batch and the spatial
 * axes while training, and by the running statistics otherwise; then scale and bias. The running variance is unbiased
 * and the batch's own biased, as in PyTorch. Gradients do not flow into the state; an empty batch leaves it as it is.
 * Statistics are taken in at least float32.
 * `init` throws ArgumentError for bad sizes, `apply` ShapeError when `x` does not fit, or has one value for each channel
 * while training.
 * @see https://arxiv.org/abs/1502.03167
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { batchNorm } from "@adjoint/nn";
 * const config = { features: 1 };
 * const [params, state] = [batchNorm.init(key(0), config), batchNorm.initState(config)];
 * const [y, next] = batchNorm.apply(params, state, tensor([[1], [3]]), { train: true, eps: 0 });
 * await y.toArray(); // => [[-1], [1]]
 * [await next.mean.toArray(), await next.variance.toArray()]; // => [[0.2], [1.1]]
 * ```
 */
export const batchNorm: StatefulLayer<
  ChannelNormConfig,
  ChannelParams,
  BatchNormState,
  [options?: BatchNormOptions]
> = {
  init: (_key, config) => initChannels("batchNorm", config),
  initState: ({ features }) => {
    const shape = [checkSize("batchNorm", "features", features)];
    return { mean: zeros(shape), variance: ones(shape) };
  },
  apply: (params, state, x, { train = false, momentum = 0.1, eps = 1e-5 } = {}) => {
    channelsOf("batchNorm", { scale: state.mean, bias: state.variance }, x);
    channelsOf("batchNorm", params, x);
    if (train) checkValues(x);
    const moves = train && x.size > 0;
    const { centred, batch } = moves
      ? centre(widened(x))
      : { centred: x.sub(overChannels(state.mean, x)), batch: state };
    // one factor for each channel, so that neither pass goes over x twice
    const factor = batch.variance.add(eps).rsqrt();
    const scale = params.scale === undefined ? factor : factor.mul(params.scale);
    const y = fitted(affine({ ...params, scale }, centred), x, params);
    return [y, moves ? moved(state, batch, x, momentum) : state];
  },
};
