import { ShapeError } from "../errors.ts";
import { dim, formatShape, stridesOf } from "../shape.ts";
import { padP } from "./pad.ts";
import { bindOne, only, type Primitive } from "./primitive.ts";
import { pick, stridedOffsets } from "./transpose.ts";

/** Parameters of `slice`: from `start` (inclusive) to `limit` (exclusive) in steps, per axis, all in range. */
export type SliceParams = {
  readonly start: readonly number[];
  readonly limit: readonly number[];
  readonly strides: readonly number[];
};

const sizesOf = ({ start, limit, strides }: SliceParams): readonly number[] =>
  start.map((s, i) => Math.max(0, Math.ceil((dim(limit, i) - s) / dim(strides, i))));

/** A rectangular part of a tensor with positive steps. */
export const sliceP: Primitive<SliceParams> = {
  name: "slice",
  abstractEval: (inputs, params) => {
    const { shape, dtype } = only(inputs);
    const { start, limit, strides } = params;
    const fits = shape.every((d, i) => {
      const [s, l, k] = [start[i] ?? -1, limit[i] ?? -1, strides[i] ?? 0];
      return s >= 0 && l >= s && l <= d && k >= 1;
    });
    if (!fits || [start, limit, strides].some((list) => list.length !== shape.length))
      throw new ShapeError({
        operation: "slice",
        rule: "needs 0 <= start <= limit <= size and a positive step on every axis",
        got: `start [${start.join(",")}], limit [${limit.join(",")}], strides [${strides.join(",")}] for ${formatShape(shape)}`,
      });
    return [{ shape: sizesOf(params), dtype }];
  },
  evaluate: (inputs, params) => {
    const x = only(inputs);
    const steps = stridesOf(x.shape);
    const base = params.start.reduce((sum, s, i) => sum + s * dim(steps, i), 0);
    const shape = sizesOf(params);
    return [
      pick(
        x,
        shape,
        stridedOffsets(
          shape,
          steps.map((s, i) => s * dim(params.strides, i)),
          base,
        ),
      ),
    ];
  },
  jvp: (_inputs, tangents, _outputs, params) => [
    tangents[0] === null || tangents[0] === undefined
      ? null
      : bindOne(sliceP, [tangents[0]], params),
  ],
  transpose: (cotangents, inputs, params) => {
    const ct = only(cotangents);
    if (ct === null) return [null];
    const { shape } = only(inputs).aval;
    const sizes = sizesOf(params);
    const used = sizes.map((n, i) =>
      n === 0 ? dim(params.start, i) : dim(params.start, i) + (n - 1) * dim(params.strides, i) + 1,
    );
    const padding = {
      low: params.start,
      high: shape.map((d, i) => d - dim(used, i)),
      interior: params.strides.map((s) => s - 1),
    };
    return [bindOne(padP, [ct, ct.literal(0, ct.dtype)], padding)];
  },
  vmap: (inputs, _batched, { start, limit, strides }, { size }) => ({
    outputs: [
      bindOne(sliceP, inputs, {
        start: [0, ...start],
        limit: [size, ...limit],
        strides: [1, ...strides],
      }),
    ],
    batched: [true],
  }),
};
