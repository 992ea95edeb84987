import { allocate, at, type HostArray } from "../host-array.ts";
import type { AxisParams } from "./concatenate.ts";
import { bindOne, only, type Primitive } from "./primitive.ts";
import { eachRow, rowsAlong } from "./rows.ts";
import { rowShift, shiftOf } from "./softmax.ts";
import { checkDomain } from "./unary.ts";

const logSoftmaxHost = (x: HostArray, axis: number): HostArray => {
  const data = allocate(x.dtype, x.data.length);
  const rows = rowsAlong(x.shape, axis);
  eachRow(rows, (base, step) => {
    const shift = rowShift(x.data, base, step, rows.length);
    let total = 0;
    for (let i = 0; i < rows.length; i++) total += Math.exp(at(x.data, base + i * step) - shift);
    const logTotal = total === 0 ? 0 : Math.log(total);
    for (let i = 0; i < rows.length; i++)
      data[base + i * step] = at(x.data, base + i * step) - shift - logTotal;
  });
  return { ...x, data };
};

/** log(softmax(x)) along `axis` without overflow; a row of nothing but -Infinity stays -Infinity. */
export const logSoftmaxP: Primitive<AxisParams> = {
  name: "logSoftmax",
  abstractEval: (inputs) => {
    const x = only(inputs);
    checkDomain("logSoftmax", "float", x.dtype);
    return [x];
  },
  evaluate: (inputs, { axis }) => [logSoftmaxHost(only(inputs), axis)],
  jvp: (_inputs, [t = null], outputs, { axis }) => {
    if (t === null) return [null];
    return [t.sub(only(outputs).exp().mul(t).sum(axis, { keepDims: true }))];
  },
  vmap: (inputs, _batched, { axis }) => ({
    outputs: [bindOne(logSoftmaxP, inputs, { axis: axis + 1 })],
    batched: [true],
  }),
  decompose: (inputs, { axis }) => {
    const x = only(inputs);
    const shifted = x.sub(shiftOf(x, axis));
    const total = shifted.exp().sum(axis, { keepDims: true });
    return [shifted.sub(total.equal(0).where(1, total).log())];
  },
};
