import { byteSize, checkDType, type DType, isFloat } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import { allocate, at, type HostArray, type HostData } from "../host-array.ts";
import { elementwiseVmap } from "./elementwise.ts";
import { bindOne, only, type Primitive } from "./primitive.ts";

/** Parameters of `cast` and `bitcast`. */
export type CastParams = { readonly dtype: DType };

const clampTo =
  (low: number, high: number) =>
  (x: number): number =>
    Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), low), high);

const toInt = clampTo(-(2 ** 31), 2 ** 31 - 1);
const toUint = clampTo(0, 2 ** 32 - 1);

/** How values of `from` become values of `to`: floats saturate and truncate, integers wrap, NaN becomes 0. */
export const converter = (from: DType, to: DType): ((x: number) => number) => {
  if (to === "bool") return (x) => (x === 0 ? 0 : 1);
  if (to === "int32") return isFloat(from) ? toInt : (x) => x | 0;
  if (to === "uint32") return isFloat(from) ? toUint : (x) => x >>> 0;
  return (x) => x;
};

const convertData = (array: HostArray, dtype: DType): HostData => {
  const data = allocate(dtype, array.data.length);
  const convert = converter(array.dtype, dtype);
  for (let i = 0; i < data.length; i++) data[i] = convert(at(array.data, i));
  return data;
};

/** Converts to another dtype; differentiable between floating-point types. */
export const castP: Primitive<CastParams> = {
  name: "cast",
  abstractEval: (inputs, { dtype }) => [
    { shape: only(inputs).shape, dtype: checkDType("cast", dtype) },
  ],
  evaluate: (inputs, { dtype }) => {
    const x = only(inputs);
    return [{ shape: x.shape, dtype, data: convertData(x, dtype) }];
  },
  vmap: (inputs, batched, params) =>
    elementwiseVmap(inputs, batched, (xs) => bindOne(castP, xs, params)),
  jvp: (_inputs, tangents, _outputs, { dtype }) => {
    const [t = null] = tangents;
    return [t === null || !isFloat(dtype) ? null : t.cast(dtype)];
  },
  transpose: (cotangents, inputs) => {
    const ct = only(cotangents);
    return [ct === null ? null : ct.cast(only(inputs).aval.dtype)];
  },
};

const isWord = (dtype: DType): boolean => byteSize(dtype) === 4;

const reinterpret = (data: HostData, dtype: DType): HostData => {
  const { buffer } = data.slice();
  if (dtype === "int32") return new Int32Array(buffer);
  return dtype === "uint32" ? new Uint32Array(buffer) : new Float32Array(buffer);
};

/** The same 32 bits read as another 32-bit dtype. */
export const bitcastP: Primitive<CastParams> = {
  name: "bitcast",
  abstractEval: (inputs, { dtype }) => {
    const x = only(inputs);
    if (!isWord(x.dtype) || !isWord(dtype))
      throw new DTypeError({
        operation: "bitcast",
        rule: "converts between 32-bit dtypes",
        got: `${x.dtype} to ${dtype}`,
      });
    return [{ shape: x.shape, dtype }];
  },
  evaluate: (inputs, { dtype }) => {
    const x = only(inputs);
    return [{ shape: x.shape, dtype, data: reinterpret(x.data, dtype) }];
  },
  vmap: (inputs, batched, params) =>
    elementwiseVmap(inputs, batched, (xs) => bindOne(bitcastP, xs, params)),
};
