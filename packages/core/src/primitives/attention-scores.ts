import { widen } from "../promote.ts";
import type { Tensor } from "../tensor.ts";
import {
  type AttentionOperands,
  type AttentionParams,
  type AttentionSizes,
  attentionSizes,
  scoresShape,
} from "./attention-operands.ts";
import { lessP, shiftRightLogicalP, xorP } from "./binary.ts";
import { dotGeneralP } from "./dot-general.ts";
import { iotaP } from "./iota.ts";
import { indicesOf } from "./operands.ts";
import { bind, bindOne, only } from "./primitive.ts";
import { shiftOf, softmaxP } from "./softmax.ts";
import { threefryP } from "./threefry.ts";
import { ArityError } from "./arity.ts";
import { stopGradientP } from "./unary.ts";

/** Product over the last two axes, summing over axis `left` of `a` and `right` of `b` (counted from the end). */
const product = (a: Tensor, b: Tensor, left: 1 | 2, right: 1 | 2): Tensor => {
  const rank = a.shape.length;
  const batch = a.shape.slice(0, -2).map((_, i) => i);
  const contract = { left: [rank - left], right: [rank - right] };
  return bindOne(dotGeneralP, [a, b], { contract, batch: { left: batch, right: batch } });
};

/** a b over the last two axes. */
export const times = (a: Tensor, b: Tensor): Tensor => product(a, b, 1, 2);

/** a b^T over the last two axes. */
export const timesTransposed = (a: Tensor, b: Tensor): Tensor => product(a, b, 1, 1);

/** a^T b over the last two axes. */
export const transposedTimes = (a: Tensor, b: Tensor): Tensor => product(a, b, 2, 2);

/** Query heads that read one key head behind each other: (..., H, T, X) -> (..., K, H / K * T, X). */
export const grouped = (x: Tensor, { lead, heads, kvHeads, queries }: AttentionSizes): Tensor => {
  const rows = kvHeads === 0 ? 0 : (heads / kvHeads) * queries;
  return x.reshape([...lead, kvHeads, rows, x.shape.at(-1) ?? 0]);
};

/** Which keys (S) each query (T) may see: bool that broadcasts to the scores, or undefined for all. */
const visibleKeys = (
  { q, mask }: AttentionOperands<Tensor>,
  { queries, keys }: AttentionSizes,
  { causal, window }: AttentionParams,
): Tensor | undefined => {
  if (!causal && window === 0) return mask;
  const place = indicesOf(q, [queries, keys], 0).add(keys - queries);
  const key = indicesOf(q, [queries, keys], 1);
  const limits = [
    ...(causal ? [place.greaterEqual(key)] : []),
    ...(window === 0 ? [] : [key.greater(place.sub(window))]),
    ...(mask === undefined ? [] : [mask]),
  ];
  return limits.reduce((a, b) => a.mul(b)); // bools: and
};

/**
 * Which weights are kept, bool of the shape of the scores: the bits of element i are those of counter i under the key, as
 * `bernoulli` draws them. With several keys each has its share of the leading axes, and counters of its own.
 */
const keptWeights = (key: Tensor, sizes: AttentionSizes, rate: number): Tensor => {
  const shape = scoresShape(sizes);
  const [count, lead] = key.shape.length === 2 ? [key.shape[0] ?? 1, [0]] : [1, []];
  const word = (i: number): Tensor =>
    key
      .slice([...lead, i], [...lead.map(() => count), i + 1])
      .reshape(lead.length === 0 ? [] : [count, 1]);
  const n = count === 0 ? 0 : shape.reduce((a, b) => a * b, 1) / count;
  const low = only(key.bind(iotaP, [], { shape: [n], dtype: "uint32", axis: 0 }));
  const [a, b] = bind(threefryP, [word(0), word(1), key.literal(0, "uint32"), low], {});
  if (a === undefined || b === undefined) throw new ArityError("threefry2x32", 2, 0);
  const bits = bindOne(xorP, [a, b], {});
  const fraction = bindOne(shiftRightLogicalP, [bits, key.literal(9, "uint32")], {})
    .cast("float32")
    .mul(2 ** -23);
  return bindOne(lessP, [fraction, key.literal(1 - rate, "float32")], {}).reshape(shape);
};

/** What the value of attention and its derivative are made of; all but `kept` in at least float32. */
export type AttentionWeights = {
  readonly sizes: AttentionSizes;
  /** q times the scale. */
  readonly scaled: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  /** tanh of the scores over the cap, where there is one. */
  readonly bounded: Tensor | undefined;
  /** Scores, -Infinity where nothing is seen. */
  readonly scores: Tensor;
  readonly weights: Tensor;
  /** Which weights dropout keeps. */
  readonly kept: Tensor | undefined;
};

/** The weights softmax(scores) and everything on the way: the same equations for the value and for the derivative. */
export const attentionWeights = (
  operands: AttentionOperands<Tensor>,
  params: AttentionParams,
): AttentionWeights => {
  const { bias, key } = operands;
  const sizes = attentionSizes(operands);
  const [q, k, v] = [widen(operands.q), widen(operands.k), widen(operands.v)];
  const scaled = q.mul(params.scale); // smaller than the scores
  const products = timesTransposed(grouped(scaled, sizes), k).reshape(scoresShape(sizes));
  const bounded = params.softcap === 0 ? undefined : products.mul(1 / params.softcap).tanh();
  const capped = bounded?.mul(params.softcap) ?? products;
  const biased = bias === undefined ? capped : capped.add(bias.cast(capped.dtype));
  const visible = visibleKeys(operands, sizes, params);
  // added instead of selected: the sum has no work to do in reverse mode
  const scores =
    visible === undefined
      ? biased
      : biased.add(visible.where(0, Number.NEGATIVE_INFINITY).cast(biased.dtype));
  return {
    sizes,
    scaled,
    k,
    v,
    bounded,
    scores,
    weights: bindOne(softmaxP, [scores], { axis: scores.shape.length - 1 }),
    kept: key === undefined ? undefined : keptWeights(key, sizes, params.dropout),
  };
};

/** What dropout leaves of weights, or of their derivative. */
export const dropped = (
  x: Tensor,
  kept: Tensor | undefined,
  { dropout }: AttentionParams,
): Tensor => (kept === undefined ? x : kept.where(x.mul(1 / (1 - dropout)), 0));

/** log(sum(exp(scores))) over the keys: -Infinity where none is seen. */
export const logTotals = (scores: Tensor): Tensor => {
  const axis = scores.shape.length - 1;
  const shape = scores.shape.slice(0, axis);
  const lowest = scores.literal(Number.NEGATIVE_INFINITY, scores.dtype);
  if (scores.shape[axis] === 0) return lowest.broadcastTo(shape);
  const shift = bindOne(stopGradientP, [shiftOf(scores, axis)], {});
  const total = scores.sub(shift).exp().sum(axis);
  const empty = total.equal(0);
  return empty.where(lowest, empty.where(1, total).log().add(shift.reshape(shape)));
};
