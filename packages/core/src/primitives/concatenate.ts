import { DTypeError, ShapeError } from "../errors.ts";
import { allocate, type HostArray } from "../host-array.ts";
import type { Aval } from "../ir/aval.ts";
import { dim, formatShape, sameShape, sizeOf } from "../shape.ts";
import { bindOne, only, type Primitive } from "./primitive.ts";
import { formatAvals } from "./unary.ts";

/** Parameters of operations along one axis (non-negative). */
export type AxisParams = { readonly axis: number };

const joined = (inputs: readonly Aval[], axis: number): readonly number[] => {
  const [first] = inputs;
  const size = inputs.reduce((n, x) => n + dim(x.shape, axis), 0);
  return (first?.shape ?? []).map((d, i) => (i === axis ? size : d));
};

const concatenateHost = (inputs: readonly HostArray[], axis: number): HostArray => {
  const shape = joined(inputs, axis);
  const dtype = inputs[0]?.dtype ?? "float32";
  const data = allocate(dtype, sizeOf(shape));
  const rows = sizeOf(shape.slice(0, axis));
  const width = sizeOf(shape.slice(axis));
  let offset = 0;
  for (const x of inputs) {
    const own = sizeOf(x.shape.slice(axis));
    for (let r = 0; r < rows; r++)
      data.set(x.data.subarray(r * own, (r + 1) * own), r * width + offset);
    offset += own;
  }
  return { shape, dtype, data };
};

/** Joins tensors along an existing axis. */
export const concatenateP: Primitive<AxisParams> = {
  name: "concatenate",
  abstractEval: (inputs, { axis }) => {
    const [first] = inputs;
    const rest = (x: Aval): readonly number[] => x.shape.filter((_, i) => i !== axis);
    if (
      first === undefined ||
      inputs.some((x) => axis >= x.shape.length || !sameShape(rest(x), rest(first)))
    )
      throw new ShapeError({
        operation: "concatenate",
        rule: `shapes must agree on every axis but axis ${axis}`,
        got: inputs.map((x) => formatShape(x.shape)).join(" and "),
      });
    if (inputs.some((x) => x.dtype !== first.dtype))
      throw new DTypeError({
        operation: "concatenate",
        rule: "operands must have one dtype",
        got: formatAvals(inputs),
      });
    return [{ shape: joined(inputs, axis), dtype: first.dtype }];
  },
  evaluate: (inputs, { axis }) => [concatenateHost(inputs, axis)],
  jvp: (inputs, tangents, _outputs, params) => {
    if (tangents.every((t) => t === null)) return [null];
    const filled = inputs.map((x, i) => tangents[i] ?? x.literal(0, x.dtype).broadcastTo(x.shape));
    return [bindOne(concatenateP, filled, params)];
  },
  transpose: (cotangents, inputs, { axis }) => {
    const ct = only(cotangents);
    let offset = 0;
    return inputs.map((input) => {
      const size = dim(input.aval.shape, axis);
      const from = offset;
      offset += size;
      if (ct === null || !input.linear) return null;
      const start = ct.shape.map((_, i) => (i === axis ? from : 0));
      return ct.slice(
        start,
        ct.shape.map((d, i) => (i === axis ? from + size : d)),
      );
    });
  },
  vmap: (inputs, batched, { axis }, { size }) => {
    const full = inputs.map((x, i) =>
      batched[i] === true ? x : x.broadcastTo([size, ...x.shape]),
    );
    return { outputs: [bindOne(concatenateP, full, { axis: axis + 1 })], batched: [true] };
  },
};
