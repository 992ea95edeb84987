import { type Axis, maximum, type Tensor } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import { valuesFor } from "../internal/by-path.ts";
import { checkNumber } from "../internal/check.ts";
import { mapTensors } from "../internal/map-tensors.ts";
import { normAlong } from "../internal/rms.ts";
import { withoutState } from "../internal/with-state.ts";

/** Settings of `adaptiveClip`. */
export type AdaptiveClipOptions = {
  /** Least norm of a unit's parameters, so that those that are zero can leave it; default 1e-3. */
  readonly eps?: number;
  /**
   * Axes along which a unit's weights lie. Default: all of a vector; the first of a matrix (in, out), so that a unit is a
   * column; all but the first of a convolution's kernel (out, in, ...window). optax takes kernels of convolutions with the
   * outputs last; stacked layers want their own rule.
   */
  readonly axesOf?: (parameter: Tensor, path: string) => readonly number[];
};

const unitAxes = ({ rank }: Tensor): readonly number[] =>
  rank === 2 ? [0] : Array.from({ length: rank }, (_, i) => i).slice(rank > 2 ? 1 : 0);

const isAxes = (value: unknown): value is readonly number[] => Array.isArray(value);

const clipped = (
  g: Tensor,
  p: Tensor,
  axis: Axis,
  { clipping, eps }: { readonly clipping: number; readonly eps: number },
): Tensor => {
  const norm = normAlong(g, axis);
  const most = maximum(normAlong(p, axis), eps).mul(clipping);
  const factor = norm.less(most).where(1, most.div(maximum(norm, 1e-6)));
  return g.mul(factor.cast(g.dtype));
};

/**
 * Clips the gradient of each unit (a column of a kernel) to `clipping` times the norm of its parameters: the adaptive
 * clipping of NFNets. Throws ArgumentError for numbers that are not positive.
 * @see https://arxiv.org/abs/2102.06171
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { adaptiveClip } from "@adjoint/optim";
 * const kernel = tensor([[3, 1], [4, 0]]); // columns of norm 5 and 1
 * const grads = tensor([[0, 0], [1, 1]]);
 * await adaptiveClip(0.5).update(grads, null, kernel)[0].toArray(); // => [[0, 0], [1, 0.5]]
 * ```
 */
export const adaptiveClip = (
  clipping: number,
  { eps = 1e-3, axesOf = unitAxes }: AdaptiveClipOptions = {},
): GradientTransformation => {
  checkNumber("adaptiveClip", "clipping", clipping, { min: Number.MIN_VALUE });
  checkNumber("adaptiveClip", "eps", eps, { min: Number.MIN_VALUE });
  return withoutState((grads, params) => {
    const axes = valuesFor("adaptiveClip", axesOf, params, isAxes)[Symbol.iterator]();
    return mapTensors(
      (g, p) => clipped(g, p, axes.next().value ?? [], { clipping, eps }),
      grads,
      params,
    );
  });
};
