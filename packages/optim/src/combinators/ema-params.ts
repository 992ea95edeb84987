import { type DType, maximum, type Tensor, where, zerosLike } from "@adjoint/core";
import type {
  EvaluatedTransformation,
  GradientTransformation,
  OptState,
} from "../gradient-transformation.ts";
import { checkFloat, checkNumber, checkRules, settingsOf } from "../internal/check.ts";
import { copy } from "../internal/copy.ts";
import { startCount } from "../internal/count.ts";
import { mapState, mapTensors } from "../internal/map-tensors.ts";
import { keptPart } from "../internal/moments.ts";
import { wideDType } from "../internal/rms.ts";
import { biasCorrection, moved, scalarDType, scaledBy } from "../internal/scalars.ts";
import { nestedState } from "../internal/nested-state.ts";
import { withState } from "../internal/with-state.ts";

/** Settings of `emaParams`. */
export type EmaParamsOptions = {
  /** Part of the mean that stays in a step, such as 0.999. */
  readonly decay: number;
  /** Starts at zero and corrects for it, as Adam (default); else starts at the first parameters. */
  readonly debias?: boolean;
  /**
   * dtype of the mean; default float32, float64 for float64. With a decay of 0.999 the mean moves by a thousandth, which
   * bfloat16, where neighbours lie 1/256 apart, rounds away.
   */
  readonly accumulatorDtype?: DType;
};

type EmaState = { readonly inner: OptState; readonly mean: unknown; readonly count: Tensor };

const described: {
  readonly name: string;
  readonly keys: readonly (keyof EmaState)[];
} = { name: "emaParams", keys: ["inner", "mean", "count"] };

/**
 * Keeps an exponential moving mean of the parameters beside an optimizer, for evaluation: `evalParams` gives it. The
 * training is not changed. Throws ArgumentError for a decay outside [0, 1).
 * @see https://epubs.siam.org/doi/10.1137/0330046 (averaging of parameters)
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { applyUpdates, emaParams, sgd } from "@adjoint/optim";
 * const optimizer = emaParams(sgd({ learningRate: 1 }), { decay: 0.5 });
 * let params = tensor([8]);
 * let state = optimizer.init(params);
 * for (const g of [4, 3]) {
 *   const [updates, next] = optimizer.update(tensor([g]), state, params);
 *   [params, state] = [applyUpdates(params, updates), next];
 * }
 * [await params.toArray(), await optimizer.evalParams(state, params).toArray()]; // => [[1], [2]]
 * ```
 */
export const emaParams = (
  rule: GradientTransformation,
  options: EmaParamsOptions,
): EvaluatedTransformation => {
  const { decay, debias = true, accumulatorDtype } = settingsOf("emaParams", options);
  checkRules("emaParams", rule);
  checkNumber("emaParams", "decay", decay, { min: 0, below: 1 });
  checkFloat("emaParams", "accumulatorDtype", accumulatorDtype);
  const start = (p: Tensor): Tensor => {
    const dtype = accumulatorDtype ?? wideDType(p.dtype);
    return debias ? zerosLike(p, { dtype }) : copy(p).cast(dtype);
  };
  const transformation = withState<EmaState>({
    ...described,
    init: (params) => ({
      inner: rule.init(params),
      mean: mapState(start, params),
      count: startCount(),
    }),
    update: (grads, state, params, extras) => {
      const [updates, inner] = rule.update(grads, state.inner, params, extras);
      const next = (m: Tensor, p: Tensor, u: Tensor): Tensor =>
        moved(m, p.add(u).cast(p.dtype), decay);
      const mean = keptPart(mapState(next, state.mean, params, updates), state.mean);
      return [updates, { inner, mean, count: state.count.add(1) }];
    },
  });
  return {
    ...transformation,
    evalParams: (state, params) => {
      const { mean, count } = nestedState<EmaState>(described, state)[0];
      if (!debias) return mapTensors((p, m) => m.cast(p.dtype), params, mean);
      const factor = biasCorrection(decay, maximum(count, 1), scalarDType(params)).pow(-1);
      return mapTensors(
        (p, m) => where(count.equal(0), p, scaledBy(m, factor).cast(p.dtype)),
        params,
        mean,
      );
    },
  };
};
