import { DTypeError, ShapeError } from "../errors.ts";
import { allocate, at, type HostArray } from "../host-array.ts";
import { dim, formatShape, type Shape, sizeOf, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { ArityError } from "./arity.ts";
import { bindOne, only, type Primitive, type Tangent } from "./primitive.ts";
import { formatAvals } from "./unary.ts";

/** Parameters of `pad`: elements added before, behind and between, per axis; negative `low`/`high` crop. */
export type PadParams = {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly interior: readonly number[];
};

const paddedShape = (shape: Shape, { low, high, interior }: PadParams): Shape =>
  shape.map((d, i) => d + Math.max(0, d - 1) * dim(interior, i) + (low[i] ?? 0) + (high[i] ?? 0));

const two = <T>(list: readonly T[]): readonly [T, T] => {
  const [a, b] = list;
  if (a === undefined || b === undefined) throw new ArityError("pad", 2, list.length);
  return [a, b];
};

/** Place of every element of `x` in the padded array, or -1 where it is cropped. */
const targets = (x: Shape, out: Shape, { low, interior }: PadParams): Int32Array => {
  const steps = stridesOf(out);
  let places = Int32Array.of(0);
  x.forEach((size, axis) => {
    const next = new Int32Array(places.length * size);
    for (let i = 0; i < places.length; i++)
      for (let j = 0; j < size; j++) {
        const place = (low[axis] ?? 0) + j * (dim(interior, axis) + 1);
        const inside = place >= 0 && place < dim(out, axis) && at(places, i) >= 0;
        next[i * size + j] = inside ? at(places, i) + place * dim(steps, axis) : -1;
      }
    places = next;
  });
  return places;
};

const padHost = (x: HostArray, value: number, params: PadParams): HostArray => {
  const shape = paddedShape(x.shape, params);
  const data = allocate(x.dtype, sizeOf(shape)).fill(value);
  const places = targets(x.shape, shape, params);
  for (let i = 0; i < places.length; i++)
    if (at(places, i) >= 0) data[at(places, i)] = at(x.data, i);
  return { shape, dtype: x.dtype, data };
};

const negate = (list: readonly number[]): readonly number[] => list.map((n) => (n === 0 ? 0 : -n));

/** Undoes padding: crops, then takes every `interior + 1`-th element. */
const unpad = (ct: Tensor, params: PadParams, shape: Shape): Tensor => {
  const none = params.low.map(() => 0);
  const cropped = bindOne(padP, [ct, ct.literal(0, ct.dtype)], {
    low: negate(params.low),
    high: negate(params.high),
    interior: none,
  });
  return cropped
    .slice(
      none,
      cropped.shape,
      params.interior.map((n) => n + 1),
    )
    .reshape(shape);
};

/** Surrounds and spaces out a tensor with a scalar value. */
export const padP: Primitive<PadParams> = {
  name: "pad",
  abstractEval: (inputs, params) => {
    const [x, value] = two(inputs);
    if (x.dtype !== value.dtype)
      throw new DTypeError({
        operation: "pad",
        rule: "the fill value must have the operand's dtype",
        got: formatAvals(inputs),
      });
    const rank = x.shape.length;
    const shape = paddedShape(x.shape, params);
    if (
      value.shape.length !== 0 ||
      [params.low, params.high, params.interior].some((l) => l.length !== rank) ||
      shape.some((d) => d < 0)
    )
      throw new ShapeError({
        operation: "pad",
        rule: "takes a scalar fill value and one low, high and interior per axis that leave a size of 0 or more",
        got: `${formatShape(x.shape)} with low [${params.low.join(",")}], high [${params.high.join(",")}]`,
      });
    return [{ shape, dtype: x.dtype }];
  },
  evaluate: (inputs, params) => {
    const [x, value] = two(inputs);
    return [padHost(x, at(value.data, 0), params)];
  },
  jvp: (inputs, tangents, _outputs, params) => {
    const [x, value] = two(inputs);
    const [tx = null, tv = null] = tangents;
    if (tx === null && tv === null) return [null];
    const zeros = (like: Tensor): Tensor => like.literal(0, like.dtype).broadcastTo(like.shape);
    return [bindOne(padP, [tx ?? zeros(x), tv ?? zeros(value)], params)];
  },
  transpose: (cotangents, inputs, params) => {
    const ct = only(cotangents);
    const [x, value] = two(inputs);
    if (ct === null) return [null, null];
    const inner = unpad(ct, params, x.aval.shape);
    const rest: Tangent = value.linear ? ct.sum().sub(inner.sum()) : null;
    return [x.linear ? inner : null, rest];
  },
  vmap: (inputs, batched, params, { size }) => {
    const [x, value] = two(inputs);
    const [xs] = batched;
    const full = xs === true ? x : x.broadcastTo([size, ...x.shape]);
    const wide = {
      low: [0, ...params.low],
      high: [0, ...params.high],
      interior: [0, ...params.interior],
    };
    if (batched[1] !== true)
      return { outputs: [bindOne(padP, [full, value], wide)], batched: [true] };
    // a different fill value per example: pad a mask as well
    const filled = bindOne(padP, [full, value.literal(0, value.dtype)], wide);
    const mask = bindOne(
      padP,
      [x.literal(1, "bool").broadcastTo(full.shape), x.literal(0, "bool")],
      wide,
    );
    const spread = value.reshape([size, ...filled.shape.slice(1).map(() => 1)]);
    return { outputs: [mask.where(filled, spread)], batched: [true] };
  },
};
