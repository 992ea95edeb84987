import { isFloat } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { formatAval } from "../ir/aval.ts";
import {
  type AttentionExtra,
  type AttentionParams,
  statisticType,
} from "../primitives/attention-operands.ts";
import { attentionP } from "../primitives/attention.ts";
import { promoteTo, toFloat } from "../promote.ts";
import { broadcastShapes, formatShape, type Shape } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { isTensor } from "./operand.ts";

/** Settings of `attention`. */
export type AttentionOptions = {
  /** Factor of the scores; 1 / sqrt(D) when absent. */
  readonly scale?: number;
  /** Whether query t sees only the keys s <= t + S - T, so that the last query sees every key; false when absent. */
  readonly causal?: boolean;
  /** How many keys back a query sees, the one at its own place t + S - T included; all when absent. */
  readonly window?: number;
  /** Bound c of the scores: c tanh(s / c), before the bias. */
  readonly softcap?: number;
  /** bool that broadcasts to (..., H, T, S): which keys each query may see. */
  readonly mask?: Tensor;
  /** Numbers that broadcast to (..., H, T, S), added to the scaled scores. */
  readonly bias?: Tensor;
  /** Probability that a weight is dropped; the others are divided by 1 - dropout. */
  readonly dropout?: number;
  /** Decides what is dropped. Without it nothing is. */
  readonly key?: Tensor | undefined;
};

const refuse = (rule: string, got: string): never => {
  throw new ArgumentError({ operation: "attention", rule, got });
};

const checkNumbers = ({
  scale = 1,
  window = 1,
  softcap = 1,
  dropout = 0,
}: AttentionOptions): void => {
  if (!Number.isFinite(scale)) refuse("scale must be a number", `${scale}`);
  if (!Number.isInteger(window) || window < 1)
    refuse("window must be a whole number of at least 1", `${window}`);
  if (!(softcap > 0 && Number.isFinite(softcap))) refuse("softcap must be above 0", `${softcap}`);
  if (!(dropout >= 0 && dropout < 1)) refuse("dropout must be in [0, 1)", `${dropout}`);
};

const checkKey = (key: Tensor): Tensor => {
  if (isTensor(key) && key.dtype === "uint32" && key.rank === 1 && key.shape[0] === 2) return key;
  return refuse(
    "needs one key, a uint32[2] tensor",
    isTensor(key) ? formatAval(key.aval) : typeof key,
  );
};

const checkBias = (bias: Tensor, q: Tensor): Tensor => {
  if (!isFloat(bias.dtype))
    throw new DTypeError({
      operation: "attention",
      rule: "bias must be floating-point",
      got: bias.dtype,
      fix: "a bool array of what is seen is the mask",
    });
  return bias.dtype === q.dtype ? bias : bias.cast(statisticType(q.dtype));
};

const checkRanks = (tensors: readonly Tensor[]): void => {
  if (tensors.some((x) => x.rank < 3))
    throw new ShapeError({
      operation: "attention",
      rule: "takes q (..., H, T, D), k (..., K, S, D) and v (..., K, S, E)",
      got: tensors.map((x) => formatShape(x.shape)).join(" and "),
      fix: "give one head an axis of size 1 with expandDims(-3)",
    });
};

/** Leading axes broadcast, and a single head is repeated for the heads of the others. */
const aligned = (
  [q, k, v]: readonly [Tensor, Tensor, Tensor],
  extras: readonly Tensor[],
): readonly [Tensor, Tensor, Tensor] => {
  const lead = broadcastShapes(
    "attention",
    ...[q, k, v, ...extras].map((x) => x.shape.slice(0, -3)),
  );
  const headsOf = (list: readonly Tensor[]): number =>
    Math.max(...list.map((x) => x.shape.at(-3) ?? 1));
  const withHeads = (x: Tensor, heads: number): Tensor => {
    const own = x.shape.at(-3) ?? 1;
    const shape: Shape = [...lead, own === 1 ? heads : own, ...x.shape.slice(-2)];
    return x.broadcastTo(shape);
  };
  const kvHeads = headsOf([k, v]);
  return [
    withHeads(q, headsOf([q, k, v, ...extras])),
    withHeads(k, kvHeads),
    withHeads(v, kvHeads),
  ];
};

/**
 * Scaled dot-product attention softmax(scale q k^T) v: q (..., H, T, D), k (..., K, S, D) and v (..., K, S, E) give
 * (..., H, T, E); leading axes broadcast. With fewer heads K of keys than H of queries, query head h reads key head
 * floor(h K / H). Scores and softmax are taken in at least float32. A query that sees no key gets zeros, with zero
 * derivatives. Throws ShapeError, DTypeError and ArgumentError for operands and settings that do not fit.
 * @see https://arxiv.org/abs/1706.03762
 * @see https://arxiv.org/abs/2305.13245
 *
 * ```ts doctest
 * import { attention, tensor } from "@adjoint/core";
 * const x = tensor([[[1], [2]]]);
 * const y = attention(x, x, x, { causal: true });
 * y.shape; // => [1, 2, 1]
 * await y.slice([0, 0, 0], [1, 1, 1]).item(); // => 1
 * ```
 */
export const attention = (
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions = {},
): Tensor => {
  checkNumbers(options);
  const [a = q, b = k, c = v] = promoteTo([q, k, v]).map(toFloat);
  checkRanks([a, b, c]);
  const { mask, key, dropout = 0 } = options;
  const bias = options.bias && checkBias(options.bias, a);
  const drops = dropout > 0 && key !== undefined;
  const extras: readonly (readonly [AttentionExtra, Tensor])[] = [
    ...(mask === undefined ? [] : [["mask", mask] as const]),
    ...(bias === undefined ? [] : [["bias", bias] as const]),
    ...(drops ? [["key", checkKey(key)] as const] : []),
  ];
  const spread = extras.flatMap(([name, x]) => (name === "key" ? [] : [x]));
  const params: AttentionParams = {
    scale: options.scale ?? 1 / Math.sqrt(Math.max(1, a.shape.at(-1) ?? 1)),
    causal: options.causal ?? false,
    window: options.window ?? 0,
    softcap: options.softcap ?? 0,
    dropout: drops ? dropout : 0,
    extras: extras.map(([name]) => name),
  };
  const operands = [...aligned([a, b, c], spread), ...extras.map(([, x]) => x)];
  const [y] = apply(attentionP, operands, params);
  return y ?? a;
};
