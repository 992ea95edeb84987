import { type DType, type Tensor, zerosLike } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { Hyperparam } from "../hyperparam.ts";
import { checkFloat, checkHyperparam } from "../internal/check.ts";
import { startCount } from "../internal/count.ts";
import { mapState, mapTensors } from "../internal/map-tensors.ts";
import { keptPart, nextMean } from "../internal/moments.ts";
import { wideDType } from "../internal/rms.ts";
import { biasCorrection, scalarDType, scaledBy } from "../internal/scalars.ts";
import { withState } from "../internal/with-state.ts";

/** Settings of `ema`. */
export type EmaOptions = {
  /** Whether the mean is corrected for starting at zero; default true. */
  readonly debias?: boolean;
  /** dtype of the mean; default float32, float64 for float64: a mean in half precision soon stops to move. */
  readonly accumulatorDtype?: DType;
};

/**
 * Replaces the gradients by their exponential moving mean. Throws ArgumentError for a decay outside [0, 1).
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { ema } from "@adjoint/optim";
 * const g = tensor([4]);
 * const [plain, debiased] = [ema(0.5, { debias: false }), ema(0.5)];
 * await plain.update(g, plain.init(g), g)[0].toArray(); // => [2]
 * await debiased.update(g, debiased.init(g), g)[0].toArray(); // => [4]
 * ```
 */
export const ema = (
  decay: Hyperparam,
  { debias = true, accumulatorDtype }: EmaOptions = {},
): GradientTransformation => {
  checkHyperparam("ema", "decay", decay, { min: 0, below: 1 });
  checkFloat("ema", "accumulatorDtype", accumulatorDtype);
  const zeros = (p: Tensor): Tensor =>
    zerosLike(p, { dtype: accumulatorDtype ?? wideDType(p.dtype) });
  return withState<{ readonly count: Tensor; readonly mean: unknown }>({
    name: "ema",
    keys: ["count", "mean"],
    init: (params) => ({ count: startCount(), mean: mapState(zeros, params) }),
    update: (grads, state) => {
      const count = state.count.add(1);
      const mean = nextMean(state.mean, grads, decay);
      const factor = debias ? biasCorrection(decay, count, scalarDType(grads)).pow(-1) : 1;
      return [
        mapTensors((g, m) => (debias ? scaledBy(m, factor) : m).cast(g.dtype), grads, mean),
        { count, mean: keptPart(mean, state.mean) },
      ];
    },
  });
};
