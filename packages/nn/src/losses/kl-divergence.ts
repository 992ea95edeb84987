import { ShapeError, type Tensor } from "@adjoint/core";
import { checkTensors } from "../internal/check-tensors.ts";
import { countedPlaces, selected } from "./counted.ts";
import { type ReductionOptions, reduceLosses } from "./reduction.ts";

/**
 * Kullback-Leibler divergence KL(p || q) = sum p (log p - log q) over the last axis, from log-probabilities (..., V) of
 * one shape, as `logSoftmax` gives them; one loss for each row. Where p is 0 a term is 0. With "mean" it is PyTorch's
 * `kl_div(logQ, logP, reduction="batchmean", log_target=True)`. Throws ShapeError unless the shapes are the same.
 *
 * ```ts doctest
 * import { log, tensor } from "@adjoint/core";
 * import { klDivergence } from "@adjoint/nn";
 * const [q, p] = [log(tensor([0.5, 0.3, 0.2])), log(tensor([0.4, 0.4, 0.2]))];
 * await klDivergence(q, p).item(); // => 0.0253
 * ```
 */
export const klDivergence = (
  logP: Tensor,
  logQ: Tensor,
  options: ReductionOptions = {},
): Tensor => {
  checkTensors("klDivergence", { logP, logQ });
  const [a, b] = [logP.shape, logQ.shape];
  if (logP.rank === 0 || a.length !== b.length || !a.every((d, i) => d === b[i]))
    throw new ShapeError({
      operation: "klDivergence",
      rule: "takes log-probabilities (..., V) of the same shape",
      got: `[${a.join()}] and [${b.join()}]`,
    });
  const counted = countedPlaces("klDivergence", options.mask, a.slice(0, -1));
  const [p, q] = [selected(logP, counted), selected(logQ, counted)];
  const impossible = p.equal(-Infinity);
  const finite = impossible.where(0, p);
  const terms = impossible.where(0, finite.exp().mul(finite.sub(impossible.where(0, q))));
  return reduceLosses("klDivergence", terms.sum(-1), options);
};
