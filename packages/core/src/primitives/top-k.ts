import { ArgumentError, ShapeError } from "../errors.ts";
import { allocate, at, type HostArray } from "../host-array.ts";
import { dim, formatShape } from "../shape.ts";
import { gatherAlong } from "./gather-scatter.ts";
import { bind, only, type Primitive } from "./primitive.ts";
import { compareNumbers, sortedOffsets } from "./sort.ts";

/** Parameters of `topK`. */
export type TopKParams = { readonly k: number };

const topKHost = (x: HostArray, k: number): readonly HostArray[] => {
  const axis = x.shape.length - 1;
  const size = dim(x.shape, axis);
  const order = sortedOffsets(
    x.shape,
    axis,
    (a, b) => compareNumbers(at(x.data, b), at(x.data, a)) || a - b,
  );
  const lines = size === 0 ? 0 : order.length / size;
  const values = allocate(x.dtype, lines * k);
  const indices = new Int32Array(lines * k);
  for (let i = 0; i < values.length; i++) {
    const line = Math.floor(i / k);
    const from = at(order, line * size + (i % k));
    values[i] = at(x.data, from);
    indices[i] = from - line * size;
  }
  const shape = [...x.shape.slice(0, -1), k];
  return [
    { shape, dtype: x.dtype, data: values },
    { shape, dtype: "int32", data: indices },
  ];
};

/** The `k` largest elements along the last axis, largest first, and where they are; the first of equals comes first, NaN is the largest. */
export const topKP: Primitive<TopKParams> = {
  name: "topK",
  abstractEval: (inputs, { k }) => {
    const x = only(inputs);
    const size = x.shape.at(-1);
    if (size === undefined)
      throw new ShapeError({
        operation: "topK",
        rule: "needs at least one axis",
        got: formatShape(x.shape),
      });
    if (!Number.isInteger(k) || k < 0 || k > size)
      throw new ArgumentError({
        operation: "topK",
        rule: `k must be an integer from 0 to the axis size ${size}`,
        got: `${k}`,
      });
    const shape = [...x.shape.slice(0, -1), k];
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: "int32" },
    ];
  },
  evaluate: (inputs, { k }) => topKHost(only(inputs), k),
  jvp: (_inputs, [t = null], [, indices]) => [
    t === null || indices === undefined ? null : gatherAlong(t, indices, t.rank - 1),
    null,
  ],
  vmap: (inputs, _batched, params) => ({
    outputs: bind(topKP, inputs, params),
    batched: [true, true],
  }),
};
