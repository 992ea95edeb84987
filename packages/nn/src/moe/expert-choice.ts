import { scatterAdd, softmax, take, takeAlongAxis, type Tensor, topK, zeros } from "@adjoint/core";
import { type ActivationName, activationNamed } from "../activations/named.ts";
import { glu } from "../layers/glu.ts";
import { selected } from "../losses/counted.ts";
import { applyExperts, checkExperts } from "./experts.ts";
import type { MoeParams } from "./moe.ts";
import { capacityOf, checkFactor, maskOf, routerLogits, rowsOf } from "./operands.ts";

/** Settings of `expertChoice`. */
export type ExpertChoiceOptions = {
  /** Tokens that each expert takes, as a multiple of N / E; default 2. */
  readonly capacityFactor?: number;
  /** Default `silu`. */
  readonly activation?: ActivationName;
  /** bool (..., T): real tokens; padding is never chosen while there is anything else. */
  readonly mask?: Tensor | undefined;
};

/**
 * Experts choose tokens: each takes those that score highest for it, so that the load is even by construction and tokens
 * get any number of experts. Parameters are those of `moe`. A choice looks at the whole batch, later tokens too: not for
 * models that generate. Throws as `moe` does.
 * @see https://arxiv.org/abs/2202.09368
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { expertChoice, moe } from "@adjoint/nn";
 * const params = moe.init(key(0), { nEmbd: 4, hidden: 8, nExpert: 2 });
 * expertChoice(params, ones([6, 4])).shape; // => [6, 4]
 * ```
 */
export const expertChoice = (
  params: MoeParams,
  x: Tensor,
  { capacityFactor = 2, activation = "silu", mask }: ExpertChoiceOptions = {},
): Tensor => {
  const real = maskOf(x, mask);
  const rows = selected(rowsOf(params, x), real);
  const [tokens = 0, width = 0] = rows.shape;
  const count = checkExperts(params.experts, params.router.kernel, width);
  checkFactor("expertChoice", capacityFactor);
  const capacity = Math.min(tokens, capacityOf(tokens, params.experts, capacityFactor, tokens));
  const gates = softmax(routerLogits(params, rows)).transpose(); // (E, N)
  const seen = real === undefined ? gates : real.where(gates, -1);
  const [, chosen] = topK(seen, capacity);
  const weights = takeAlongAxis(real === undefined ? gates : real.where(gates, 0), chosen, -1);
  const taken = take(rows, chosen, { axis: 0 }); // (E, c, C)
  const y = applyExperts(params.experts, taken, activationNamed(activation, "expertChoice"));
  const weighted = y.mul(weights.expandDims(-1).cast(y.dtype)).reshape([count * capacity, width]);
  const total = scatterAdd(
    zeros([tokens, width], { dtype: y.dtype }),
    chosen.reshape([-1, 1]),
    weighted,
  );
  const routed = total.reshape(x.shape);
  return params.shared === undefined
    ? routed
    : routed.add(glu.apply(params.shared, x, { activation }));
};
