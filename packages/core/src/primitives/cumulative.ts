import { type DType, isFloat } from "../dtype.ts";
import { allocate, at, type HostArray } from "../host-array.ts";
import { dim, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { concatenateP } from "./concatenate.ts";
import { gatherAlong } from "./gather-scatter.ts";
import { iotaP } from "./iota.ts";
import { padP } from "./pad.ts";
import { bindOne, only, type Primitive } from "./primitive.ts";
import { stridedOffsets } from "./transpose.ts";
import { checkDomain, type Domain } from "./unary.ts";

/** Parameters of cumulative operations: the axis, and whether they start from its end. */
export type CumulativeParams = { readonly axis: number; readonly reverse: boolean };

type CumulativeRule = {
  readonly name: string;
  readonly domain: Domain;
  readonly fn: (accumulated: number, x: number, dtype: DType) => number;
  readonly tangent: (t: Tensor, x: Tensor, y: Tensor, params: CumulativeParams) => Tensor;
  readonly transpose?: (ct: Tensor, params: CumulativeParams) => Tensor;
};

const cumulateHost = (
  x: HostArray,
  { axis, reverse }: CumulativeParams,
  { fn }: CumulativeRule,
): HostArray => {
  const strides = stridesOf(x.shape);
  const others = x.shape.flatMap((_, i) => (i === axis ? [] : [i]));
  const bases = stridedOffsets(
    others.map((i) => dim(x.shape, i)),
    others.map((i) => dim(strides, i)),
  );
  const [size, step] = [dim(x.shape, axis), dim(strides, axis)];
  const data = allocate(x.dtype, x.data.length);
  for (const base of bases) {
    let value = 0;
    for (let i = 0; i < size; i++) {
      const place = base + (reverse ? size - 1 - i : i) * step;
      value = i === 0 ? at(x.data, place) : fn(value, at(x.data, place), x.dtype);
      data[place] = value;
    }
  }
  return { shape: x.shape, dtype: x.dtype, data };
};

const cumulative = (rule: CumulativeRule): Primitive<CumulativeParams> => {
  const primitive: Primitive<CumulativeParams> = {
    name: rule.name,
    abstractEval: (inputs, { axis }) => {
      const x = only(inputs);
      dim(x.shape, axis);
      checkDomain(rule.name, rule.domain, x.dtype);
      return [x];
    },
    evaluate: (inputs, params) => [cumulateHost(only(inputs), params, rule)],
    jvp: (inputs, [t = null], outputs, params) => [
      t === null ? null : rule.tangent(t, only(inputs), only(outputs), params),
    ],
    vmap: (inputs, _batched, { axis, reverse }) => ({
      outputs: [bindOne(primitive, inputs, { axis: axis + 1, reverse })],
      batched: [true],
    }),
    ...(rule.transpose === undefined ? {} : { transpose: transposeOf(rule.transpose) }),
  };
  return primitive;
};

const transposeOf =
  (
    rule: (ct: Tensor, params: CumulativeParams) => Tensor,
  ): NonNullable<Primitive<CumulativeParams>["transpose"]> =>
  (cotangents, _inputs, params) => {
    const ct = only(cotangents);
    return [ct === null ? null : rule(ct, params)];
  };

/** Elements `from` (inclusive) to `to` (exclusive) along an axis. */
const part = (x: Tensor, axis: number, from: number, to: number): Tensor => {
  const start = x.shape.map((_, i) => (i === axis ? from : 0));
  return x.slice(
    start,
    x.shape.map((d, i) => (i === axis ? to : d)),
  );
};

/** The part that has a predecessor `distance` back, that predecessor, and the rest (which has none). */
const reach = (
  x: Tensor,
  { axis, reverse }: CumulativeParams,
  distance: number,
): readonly [Tensor, Tensor, Tensor] => {
  const n = dim(x.shape, axis);
  const [head, tail] = [part(x, axis, 0, n - distance), part(x, axis, distance, n)];
  return reverse
    ? [head, tail, part(x, axis, n - distance, n)]
    : [tail, head, part(x, axis, 0, distance)];
};

const join = (rest: Tensor, own: Tensor, { axis, reverse }: CumulativeParams): Tensor =>
  bindOne(concatenateP, reverse ? [own, rest] : [rest, own], { axis });

/** `own`, with zeros where there is no predecessor. */
const padRest = (own: Tensor, { axis, reverse }: CumulativeParams, distance: number): Tensor => {
  const none = own.shape.map(() => 0);
  const some = none.map((_, i) => (i === axis ? distance : 0));
  const padding = { low: reverse ? none : some, high: reverse ? some : none, interior: none };
  return bindOne(padP, [own, own.literal(0, own.dtype)], padding);
};

/**
 * The pairs (product, tangent) of the last 1, 2, 4, … factors, doubled until they reach the start
 * (Hillis and Steele's scan). No division: zeros among the factors are right to every order.
 */
const productTangent = (t: Tensor, x: Tensor, _y: Tensor, params: CumulativeParams): Tensor => {
  let [product, tangent] = [x, t];
  for (let distance = 1; distance < dim(x.shape, params.axis); distance *= 2) {
    const [p, pBefore, pRest] = reach(product, params, distance);
    const [own, before, rest] = reach(tangent, params, distance);
    tangent = join(rest, own.mul(pBefore).add(p.mul(before)), params);
    product = join(pRest, p.mul(pBefore), params);
  }
  return tangent;
};

/**
 * Sum of `exp(x_j - y_i) t_j` over `j <= i`, doubled as above: partial sums `distance` back are rescaled by
 * `exp(y_{i-distance} - y_i)`, which is at most 1, so nothing overflows.
 */
const logSumExpTangent = (t: Tensor, x: Tensor, y: Tensor, params: CumulativeParams): Tensor => {
  const finite = y.equal(Number.NEGATIVE_INFINITY).where(0, y); // an empty sum has weight 0, not NaN
  let tangent = t.mul(x.sub(finite).exp());
  for (let distance = 1; distance < dim(x.shape, params.axis); distance *= 2) {
    const [, before] = reach(tangent, params, distance);
    const [, yBefore] = reach(y, params, distance);
    const [yOwn] = reach(finite, params, distance);
    tangent = tangent.add(padRest(before.mul(yBefore.sub(yOwn).exp()), params, distance));
  }
  return tangent;
};

/** Tangent of the element that holds the record: the first of equals. */
const recordTangent = (t: Tensor, _x: Tensor, y: Tensor, params: CumulativeParams): Tensor => {
  const { axis, reverse } = params;
  const n = dim(y.shape, axis);
  if (n < 2) return t;
  const [own, before, rest] = reach(y, params, 1);
  const broken = join(rest.notEqual(rest), own.notEqual(before), params);
  const place = only(y.bind(iotaP, [], { shape: y.shape, dtype: "int32", axis }));
  const records = broken.where(place, reverse ? n - 1 : 0);
  return gatherAlong(t, bindOne(reverse ? cumMinP : cumMaxP, [records], params), axis);
};

export const cumSumP: Primitive<CumulativeParams> = cumulative({
  name: "cumSum",
  domain: "number",
  fn: (a, x) => a + x,
  tangent: (t, _x, _y, params) => bindOne(cumSumP, [t], params),
  transpose: (ct, { axis, reverse }) => bindOne(cumSumP, [ct], { axis, reverse: !reverse }),
});
export const cumProdP: Primitive<CumulativeParams> = cumulative({
  name: "cumProd",
  domain: "number",
  fn: (a, x, dtype) => (isFloat(dtype) ? a * x : Math.imul(a, x)),
  tangent: productTangent,
});
export const cumMaxP: Primitive<CumulativeParams> = cumulative({
  name: "cumMax",
  domain: "number",
  fn: (a, x) => Math.max(a, x),
  tangent: recordTangent,
});
export const cumMinP: Primitive<CumulativeParams> = cumulative({
  name: "cumMin",
  domain: "number",
  fn: (a, x) => Math.min(a, x),
  tangent: recordTangent,
});
/** Logarithm of the running sum of exponentials, without overflow. */
export const cumLogSumExpP: Primitive<CumulativeParams> = cumulative({
  name: "cumLogSumExp",
  domain: "float",
  fn: (a, x) => logAddExp(a, x),
  tangent: logSumExpTangent,
});

function logAddExp(a: number, b: number): number {
  const high = Math.max(a, b);
  if (!Number.isFinite(high)) return high; // both -infinity, some +infinity, or NaN
  return high + Math.log1p(Math.exp(Math.min(a, b) - high));
}
