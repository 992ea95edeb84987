import { isFloat, type DType } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import type { Aval } from "../ir/aval.ts";
import { dim, formatShape, sameShape, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { ArityError } from "./arity.ts";
import { alignTo } from "./elementwise.ts";
import { withBatch } from "./operands.ts";
import { checkDomain, formatAvals } from "./unary.ts";

/** Operands of `attention` that may be left out. */
export type AttentionExtra = "mask" | "bias" | "key";

/** Parameters of `attention`; a window, cap or dropout of 0 stands for none. */
export type AttentionParams = {
  /** Factor of the products of queries and keys. */
  readonly scale: number;
  /** Whether query t sees only the keys s <= t + S - T. */
  readonly causal: boolean;
  /** How many keys back a query sees, from the one at its own place t + S - T on. */
  readonly window: number;
  /** Bound c of the scores, c tanh(s / c). */
  readonly softcap: number;
  /** Probability that a weight is dropped. */
  readonly dropout: number;
  /** The operands that follow q, k and v, in this order. */
  readonly extras: readonly AttentionExtra[];
};

/** The operands of `attention` by name. */
export type AttentionOperands<T> = {
  readonly q: T;
  readonly k: T;
  readonly v: T;
  readonly mask: T | undefined;
  readonly bias: T | undefined;
  readonly key: T | undefined;
  /** What follows them. */
  readonly rest: readonly T[];
};

/** Names the operands of `attention`, and of the operations that take more behind them. */
export const attentionOperands = <T>(
  inputs: readonly T[],
  { extras }: AttentionParams,
): AttentionOperands<T> => {
  const [q, k, v] = inputs;
  const count = 3 + extras.length;
  if (q === undefined || k === undefined || v === undefined || inputs.length < count)
    throw new ArityError("attention", count, inputs.length);
  const extra = (name: AttentionExtra): T | undefined =>
    extras.includes(name) ? inputs[3 + extras.indexOf(name)] : undefined;
  return {
    q,
    k,
    v,
    mask: extra("mask"),
    bias: extra("bias"),
    key: extra("key"),
    rest: inputs.slice(count),
  };
};

/** Sizes of q (...lead, heads, queries, size), k (...lead, kvHeads, keys, size) and v (...lead, kvHeads, keys, valueSize). */
export type AttentionSizes = {
  readonly lead: Shape;
  readonly heads: number;
  readonly kvHeads: number;
  readonly queries: number;
  readonly keys: number;
  readonly size: number;
  readonly valueSize: number;
};

type Shaped = { readonly shape: Shape };

/** The sizes of operands that fit. */
export const attentionSizes = ({ q, k, v }: AttentionOperands<Shaped>): AttentionSizes => {
  const n = q.shape.length - 3;
  return {
    lead: q.shape.slice(0, n),
    heads: dim(q.shape, n),
    kvHeads: dim(k.shape, n),
    queries: dim(q.shape, n + 1),
    keys: dim(k.shape, n + 1),
    size: dim(q.shape, n + 2),
    valueSize: dim(v.shape, n + 2),
  };
};

/** Shape of the scores: (...lead, heads, queries, keys). */
export const scoresShape = ({ lead, heads, queries, keys }: AttentionSizes): Shape => [
  ...lead,
  heads,
  queries,
  keys,
];

/** The dtype that scores and their log-sum-exp have: float32 for half precision. */
export const statisticType = (dtype: DType): DType => (dtype === "float64" ? dtype : "float32");

const refuseShape = (rule: string, avals: readonly Aval[]): never => {
  throw new ShapeError({ operation: "attention", rule, got: formatAvals(avals) });
};

const checkMain = ({ q, k, v }: AttentionOperands<Aval>): void => {
  checkDomain("attention", "float", q.dtype);
  if (k.dtype !== q.dtype || v.dtype !== q.dtype)
    throw new DTypeError({
      operation: "attention",
      rule: "q, k and v must have one dtype",
      got: formatAvals([q, k, v]),
    });
  const rank = q.shape.length;
  const kv = k.shape.slice(0, -1);
  const heads = q.shape.at(-3) ?? 0;
  const kvHeads = k.shape.at(-3) ?? 0;
  const fits =
    rank >= 3 &&
    k.shape.length === rank &&
    sameShape(kv, v.shape.slice(0, -1)) &&
    sameShape(q.shape.slice(0, -3), k.shape.slice(0, -3)) &&
    q.shape.at(-1) === k.shape.at(-1);
  if (!fits)
    refuseShape("takes q (..., H, T, D), k (..., K, S, D) and v (..., K, S, E)", [q, k, v]);
  if (kvHeads === 0 ? heads !== 0 : heads % kvHeads !== 0)
    refuseShape("the heads of q must be a multiple of those of k and v", [q, k, v]);
};

const broadcasts = (shape: Shape, out: Shape): boolean =>
  shape.length <= out.length &&
  shape.every((d, i) => d === 1 || d === out[out.length - shape.length + i]);

const checkExtras = (
  { q, mask, bias, key }: AttentionOperands<Aval>,
  sizes: AttentionSizes,
): void => {
  const scores = scoresShape(sizes);
  for (const extra of [mask, bias])
    if (extra !== undefined && !broadcasts(extra.shape, scores))
      throw new ShapeError({
        operation: "attention",
        rule: "mask and bias must broadcast to the scores (..., H, T, S)",
        got: `${formatShape(extra.shape)} for scores ${formatShape(scores)}`,
      });
  const types = [q.dtype, statisticType(q.dtype)];
  if (
    (mask !== undefined && mask.dtype !== "bool") ||
    (bias !== undefined && !(isFloat(bias.dtype) && types.includes(bias.dtype))) ||
    (key !== undefined && key.dtype !== "uint32")
  )
    throw new DTypeError({
      operation: "attention",
      rule: "mask must be bool, bias of the dtype of q or of the scores, key uint32",
      got: formatAvals([mask, bias, key].flatMap((x) => x ?? [])),
    });
  if (key !== undefined && (key.shape.at(-1) !== 2 || key.shape.length > 2))
    refuseShape("needs one key (2), or several (N, 2)", [key]);
  if (key?.shape.length === 2 && sizeOf(sizes.lead) % Math.max(1, dim(key.shape, 0)) !== 0)
    refuseShape("the number of keys must divide the leading axes", [key, q]);
};

/** Throws unless the operands fit; their sizes. */
export const checkAttention = (
  inputs: readonly Aval[],
  params: AttentionParams,
): AttentionSizes => {
  const operands = attentionOperands(inputs, params);
  checkMain(operands);
  const sizes = attentionSizes(operands);
  checkExtras(operands, sizes);
  return sizes;
};

/** One key for each example: (2) or (N, 2), mapped or not, become (size N, 2). */
const batchKey = (key: Tensor, batched: boolean, size: number): Tensor =>
  withBatch(key, batched, size).reshape([-1, 2]);

/** Operands with the mapped axis as the first of the leading axes; `fullBias` gives a bias one copy for each example. */
export const batchAttention = (
  inputs: readonly Tensor[],
  batched: readonly boolean[],
  { extras }: AttentionParams,
  size: number,
  fullBias = false,
): readonly Tensor[] => {
  const rank = (inputs[0]?.shape.length ?? 0) - (batched[0] === true ? 1 : 0);
  return inputs.map((x, i) => {
    const name = extras[i - 3];
    const mapped = batched[i] === true;
    if (name === "key") return batchKey(x, mapped, size);
    if (name === "mask" || (name === "bias" && !fullBias)) return mapped ? alignTo(x, rank) : x;
    return name === "bias" ? alignTo(withBatch(x, mapped, size), rank) : withBatch(x, mapped, size);
  });
};
