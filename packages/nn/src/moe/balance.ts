import { ArgumentError, logsumexp, ShapeError, type Tensor, tensor } from "@adjoint/core";
import { countedPlaces, selected } from "../losses/counted.ts";
import { reduceLosses } from "../losses/reduction.ts";
import type { Routing } from "./router.ts";

/** Settings of the losses of routers. */
export type RouterLossOptions = {
  /** bool or weights (N): which tokens count. Give the padding mask, or padding gets balanced too. */
  readonly mask?: Tensor | undefined;
};

/** Settings of `loadBalanceLoss`. */
export type LoadBalanceOptions = RouterLossOptions & {
  /**
   * `switch` (default) counts a token once, each of its k experts for 1 / k, so that even routing gives 1 for every k;
   * `huggingFace` counts every choice, as Mixtral's code does, so that it gives k.
   */
  readonly definition?: "switch" | "huggingFace";
};

const meanOver = (x: Tensor, mask: Tensor | undefined): Tensor => {
  if (mask === undefined) return x.mean(0);
  if (mask.rank !== 1 || mask.shape[0] !== x.shape[0])
    throw new ShapeError({
      operation: "loadBalanceLoss",
      rule: `mask must be (${x.shape[0]}), one for each token`,
      got: `[${mask.shape.join()}]`,
    });
  const weights = mask.cast(x.dtype);
  const total = weights.sum();
  return selected(x, weights.notEqual(0))
    .mul(weights.expandDims(-1))
    .sum(0)
    .div(total.equal(0).where(1, total));
};

/** How often each expert is chosen: int32 (N, k) give (N, E), ones where token and expert meet. */
export const choices = (experts: Tensor, count: number): Tensor =>
  experts
    .expandDims(-1)
    .equal(tensor(Int32Array.from({ length: count }, (_, i) => i)))
    .any(1);

/**
 * Load-balance loss E sum_e f_e P_e: f_e the share of tokens that go to expert e, P_e its mean gate. Gradients flow
 * through P. It is a loss of one layer: average it over layers, where Hugging Face takes all layers' tokens together.
 * Throws ShapeError for a mask that does not fit.
 * @see https://arxiv.org/abs/2101.03961
 *
 * ```ts doctest
 * import { zeros } from "@adjoint/core";
 * import { loadBalanceLoss, routeTopK } from "@adjoint/nn";
 * const even = routeTopK(zeros([4, 4]), { topK: 4 });
 * await loadBalanceLoss(even).item(); // => 1
 * await loadBalanceLoss(even, { definition: "huggingFace" }).item(); // => 4
 * ```
 */
export const loadBalanceLoss = (
  { gates, experts }: Routing,
  { definition = "switch", mask }: LoadBalanceOptions = {},
): Tensor => {
  if (definition !== "switch" && definition !== "huggingFace")
    throw new ArgumentError({
      operation: "loadBalanceLoss",
      rule: "definition must be switch or huggingFace",
      got: JSON.stringify(definition),
    });
  const [, count = 1] = gates.shape;
  const slots = experts.shape[1] ?? 1;
  const share = meanOver(choices(experts, count).cast(gates.dtype), mask);
  // sigmoid gates do not sum to 1, and all of a token may be 0: P is their share
  const counted = countedPlaces("loadBalanceLoss", mask, [gates.shape[0] ?? 0]);
  const own = selected(gates, counted);
  const probabilities = own.div(own.sum(-1, { keepDims: true }).add(1e-20));
  const product = share.mul(meanOver(probabilities, mask)).sum().mul(count);
  return definition === "switch" ? product.div(slots) : product;
};

/**
 * Router z-loss: the mean square of log(sum(exp(logits))), which keeps the router's scores small.
 * @see https://arxiv.org/abs/2202.08906
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { routerZLoss } from "@adjoint/nn";
 * await routerZLoss(tensor([[0, 0]])).item(); // => 0.4805
 * ```
 */
export const routerZLoss = (logits: Tensor, { mask }: RouterLossOptions = {}): Tensor => {
  const counted = countedPlaces("routerZLoss", mask, logits.shape.slice(0, -1));
  const total = logsumexp(selected(logits, counted), -1);
  return reduceLosses("routerZLoss", total.mul(total), { mask });
};

/** Settings of `balancedBias`. */
export type BalancedBiasOptions = RouterLossOptions & {
  /** How far a bias moves; default 0.001 as DeepSeek-V3. */
  readonly rate?: number;
};

/**
 * The next selection bias (E): up for experts that got fewer tokens than the mean, down for the others. Balancing
 * without a loss; apply it after a step, outside of the gradient.
 * @see https://arxiv.org/abs/2408.15664
 *
 * ```ts doctest
 * import { tensor, zeros } from "@adjoint/core";
 * import { balancedBias, routeTopK } from "@adjoint/nn";
 * const routing = routeTopK(tensor([[1, 0], [2, 0]]), { topK: 1 });
 * await balancedBias(zeros([2]), routing, { rate: 0.5 }).toArray(); // => [-0.5, 0.5]
 * ```
 */
export const balancedBias = (
  bias: Tensor,
  { gates, experts }: Routing,
  { rate = 0.001, mask }: BalancedBiasOptions = {},
): Tensor => {
  const load = meanOver(choices(experts, gates.shape[1] ?? 1).cast(gates.dtype), mask);
  return bias.add(load.mean().sub(load).sign().mul(rate).cast(bias.dtype));
};
