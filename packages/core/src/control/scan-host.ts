import { allocate, type HostArray } from "../host-array.ts";
import { evaluateIr } from "../ir/evaluate-ir.ts";
import { sizeOf } from "../shape.ts";
import { cut, type ScanParams } from "./scan-params.ts";

const rowOf = (array: HostArray, i: number): HostArray => {
  const shape = array.shape.slice(1);
  const n = sizeOf(shape);
  return { shape, dtype: array.dtype, data: array.data.subarray(i * n, (i + 1) * n) };
};

/** Reference kernel of `scan`. */
export const scanHost = (
  inputs: readonly HostArray[],
  params: ScanParams,
): readonly HostArray[] => {
  const { body, numCarry, length, reverse } = params;
  const { consts, carry: init, xs } = cut(inputs, params);
  const ys = body.outputs.slice(numCarry).map(({ aval }) => ({
    shape: [length, ...aval.shape],
    dtype: aval.dtype,
    data: allocate(aval.dtype, length * sizeOf(aval.shape)),
  }));
  let carry = init;
  for (let n = 0; n < length; n++) {
    const i = reverse ? length - 1 - n : n;
    const results = evaluateIr(body, [...consts, ...carry, ...xs.map((x) => rowOf(x, i))]);
    carry = results.slice(0, numCarry);
    ys.forEach((y, k) =>
      y.data.set(results[numCarry + k]?.data ?? [], i * sizeOf(y.shape.slice(1))),
    );
  }
  return [...carry, ...ys];
};
