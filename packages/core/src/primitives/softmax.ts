import { allocate, at, type HostArray, type HostData } from "../host-array.ts";
import type { Tensor } from "../tensor.ts";
import type { AxisParams } from "./concatenate.ts";
import { bindOne, only, type Primitive } from "./primitive.ts";
import { eachRow, rowsAlong } from "./rows.ts";
import { checkDomain } from "./unary.ts";

/** Largest of `length` elements, NaN when there is one; 0 when all are -Infinity, so that `x - max` is never NaN. */
export const rowShift = (data: HostData, base: number, step: number, length: number): number => {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length; i++) largest = Math.max(largest, at(data, base + i * step));
  return largest === Number.NEGATIVE_INFINITY ? 0 : largest;
};

/** As `rowShift`, in tensor operations; the axis keeps size 1. */
export const shiftOf = (x: Tensor, axis: number): Tensor => {
  const largest = x.max(axis, { keepDims: true });
  return largest.equal(Number.NEGATIVE_INFINITY).where(0, largest);
};

const softmaxHost = (x: HostArray, axis: number): HostArray => {
  const data = allocate(x.dtype, x.data.length);
  const rows = rowsAlong(x.shape, axis);
  eachRow(rows, (base, step) => {
    const shift = rowShift(x.data, base, step, rows.length);
    let total = 0;
    for (let i = 0; i < rows.length; i++) total += Math.exp(at(x.data, base + i * step) - shift);
    const scale = total === 0 ? 0 : 1 / total; // total is 0 for a fully masked row alone
    for (let i = 0; i < rows.length; i++)
      data[base + i * step] = Math.exp(at(x.data, base + i * step) - shift) * scale;
  });
  return { ...x, data };
};

/**
 * exp(x) / sum(exp(x)) along `axis`, computed from x - max(x). A row of nothing but -Infinity (everything masked)
 * gives zeros, value and derivative, where the formula alone would give NaN.
 */
export const softmaxP: Primitive<AxisParams> = {
  name: "softmax",
  abstractEval: (inputs) => {
    const x = only(inputs);
    checkDomain("softmax", "float", x.dtype);
    return [x];
  },
  evaluate: (inputs, { axis }) => [softmaxHost(only(inputs), axis)],
  jvp: (_inputs, [t = null], outputs, { axis }) => {
    if (t === null) return [null];
    const y = only(outputs);
    const weighted = y.mul(t);
    return [weighted.sub(y.mul(weighted.sum(axis, { keepDims: true })))];
  },
  vmap: (inputs, _batched, { axis }) => ({
    outputs: [bindOne(softmaxP, inputs, { axis: axis + 1 })],
    batched: [true],
  }),
  decompose: (inputs, { axis }) => {
    const x = only(inputs);
    const powers = x.sub(shiftOf(x, axis)).exp();
    const total = powers.sum(axis, { keepDims: true });
    return [powers.div(total.equal(0).where(1, total))];
  },
};
