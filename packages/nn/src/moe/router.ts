import {
  ArgumentError,
  sigmoid,
  softmax,
  takeAlongAxis,
  type Tensor,
  tensor,
  topK,
} from "@adjoint/core";
import { checkSize } from "../internal/check.ts";

/** Which experts each of N tokens goes to, and how much each counts. */
export type Routing = {
  /** Scores (N, E) before the gate, float32 (float64 for float64). */
  readonly logits: Tensor;
  /** The gate's value for every expert (N, E). */
  readonly gates: Tensor;
  /** int32 (N, k), best first. */
  readonly experts: Tensor;
  /** (N, k). */
  readonly weights: Tensor;
};

/** Settings of `routeTopK`. */
export type RouterOptions = {
  /** Experts k of each token. */
  readonly topK: number;
  /** `softmax` over the experts (default: Mixtral, Qwen, Switch) or a `sigmoid` for each (DeepSeek-V3). */
  readonly gate?: "softmax" | "sigmoid";
  /** Whether the k weights are divided by their sum; true when absent (Mixtral, DeepSeek-V3), false in Switch. */
  readonly renormalize?: boolean;
  /** Multiplies the weights; default 1. */
  readonly scale?: number;
  /** Experts fall into `count` groups, and a token chooses within the best `keep` of them (DeepSeek-V3). */
  readonly groups?: { readonly count: number; readonly keep: number };
};

const refuse = (rule: string, got: string): never => {
  throw new ArgumentError({ operation: "routeTopK", rule, got });
};

const checkOptions = (
  { topK: k, gate = "softmax", groups }: RouterOptions,
  experts: number,
): void => {
  if (checkSize("routeTopK", "topK", k) > experts)
    refuse("topK must be at most the number of experts", `${k} of ${experts}`);
  if (gate !== "softmax" && gate !== "sigmoid")
    refuse("gate must be softmax or sigmoid", JSON.stringify(gate));
  if (groups === undefined) return;
  const size = experts / checkSize("routeTopK", "groups.count", groups.count);
  if (!Number.isInteger(size) || checkSize("routeTopK", "groups.keep", groups.keep) > groups.count)
    refuse("groups must divide the experts, and keep at most all", JSON.stringify(groups));
  if (groups.keep * size < k)
    refuse("the kept groups must hold topK experts", JSON.stringify(groups));
};

/** Scores with -Infinity outside the best groups, a group counting for its two best experts. */
const withinGroups = (scores: Tensor, groups: RouterOptions["groups"]): Tensor => {
  if (groups === undefined) return scores;
  const [n = 0, experts = 0] = scores.shape;
  const size = experts / groups.count;
  const grouped = scores.reshape([n, groups.count, size]);
  const worth = topK(grouped, Math.min(2, size))[0].sum(-1);
  const [, kept] = topK(worth, groups.keep);
  const isKept = kept.expandDims(-1).equal(places(groups.count)).any(1);
  return isKept.expandDims(-1).where(grouped, -Infinity).reshape([n, experts]);
};

const places = (count: number): Tensor => tensor(Int32Array.from({ length: count }, (_, i) => i));

/**
 * Each token's k best experts by their scores (N, E). `selectionBias` (E) is added when experts are chosen and does not
 * count in the weights, as in DeepSeek-V3's balancing without a loss. Gradients flow through the weights. Throws
 * ArgumentError for settings that do not fit.
 * @see https://arxiv.org/abs/2401.04088
 * @see https://arxiv.org/abs/2412.19437
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { routeTopK } from "@adjoint/nn";
 * const { experts, weights } = routeTopK(tensor([[0, 1, 2, 0]]), { topK: 2 });
 * [await experts.toArray(), await weights.toArray()]; // => [[[2, 1]], [[0.7311, 0.2689]]]
 * ```
 */
export const routeTopK = (
  logits: Tensor,
  options: RouterOptions,
  selectionBias?: Tensor,
): Routing => {
  checkOptions(options, logits.shape[1] ?? 0);
  const { topK: k, gate = "softmax", renormalize = true, scale = 1, groups } = options;
  const gates = gate === "softmax" ? softmax(logits) : sigmoid(logits);
  const choice = selectionBias === undefined ? gates : gates.add(selectionBias.cast(gates.dtype));
  const [, experts] = topK(withinGroups(choice, groups), k);
  const chosen = takeAlongAxis(gates, experts, -1);
  const total = chosen.sum(-1, { keepDims: true }).add(1e-20);
  const weights = renormalize ? chosen.div(total) : chosen;
  return { logits, gates, experts, weights: scale === 1 ? weights : weights.mul(scale) };
};
