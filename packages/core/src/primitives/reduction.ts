import { type DType, isFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { allocate, at, type HostArray } from "../host-array.ts";
import { dim, formatShape, type Shape, sizeOf, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { bindOne, only, type Primitive, type Tangent } from "./primitive.ts";
import { stridedOffsets } from "./transpose.ts";
import { checkDomain, type Domain } from "./unary.ts";

/** Parameters of reductions: the axes (sorted, non-negative) that disappear. */
export type ReduceParams = { readonly axes: readonly number[] };

const keptAxes = (shape: Shape, axes: readonly number[]): readonly number[] =>
  shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]));

/** `shape` with `axes` set to 1, to broadcast a reduced value back. */
export const keepDims = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((d, i) => (axes.includes(i) ? 1 : d));

type ReduceRule = {
  readonly name: string;
  readonly domain: Domain;
  readonly result?: DType;
  /** Value of an empty reduction; undefined makes it an error. */
  readonly initial: number | undefined;
  readonly fn: (accumulated: number, x: number, dtype: DType) => number;
  readonly jvp?: (tangent: Tensor, x: Tensor, y: Tensor, axes: readonly number[]) => Tangent;
  readonly transpose?: Primitive<ReduceParams>["transpose"];
};

const reduceHost = (x: HostArray, axes: readonly number[], rule: ReduceRule): HostArray => {
  const kept = keptAxes(x.shape, axes);
  const strides = stridesOf(x.shape);
  const part = (list: readonly number[]): Int32Array =>
    stridedOffsets(
      list.map((i) => dim(x.shape, i)),
      list.map((i) => strides[i] ?? 0),
    );
  const [outer, inner] = [part(kept), part(axes)];
  const dtype = rule.result ?? x.dtype;
  const data = allocate(dtype, outer.length);
  for (let i = 0; i < outer.length; i++) {
    let value = rule.initial ?? at(x.data, (outer[i] ?? 0) + (inner[0] ?? 0));
    for (let j = 0; j < inner.length; j++)
      value = rule.fn(value, at(x.data, (outer[i] ?? 0) + (inner[j] ?? 0)), dtype);
    data[i] = value;
  }
  return { shape: kept.map((i) => dim(x.shape, i)), dtype, data };
};

const reduction = (rule: ReduceRule): Primitive<ReduceParams> => {
  const primitive: Primitive<ReduceParams> = {
    name: rule.name,
    abstractEval: (inputs, { axes }) => {
      const x = only(inputs);
      checkDomain(rule.name, rule.domain, x.dtype);
      if (rule.initial === undefined && sizeOf(axes.map((i) => dim(x.shape, i))) === 0)
        throw new ShapeError({
          operation: rule.name,
          rule: "an empty reduction has no value",
          got: formatShape(x.shape),
        });
      return [
        {
          shape: keptAxes(x.shape, axes).map((i) => dim(x.shape, i)),
          dtype: rule.result ?? x.dtype,
        },
      ];
    },
    evaluate: (inputs, { axes }) => [reduceHost(only(inputs), axes, rule)],
    jvp: (inputs, tangents, outputs, { axes }) => {
      const [t = null] = tangents;
      return [t === null ? null : (rule.jvp?.(t, only(inputs), only(outputs), axes) ?? null)];
    },
    vmap: (inputs, _batched, { axes }) => ({
      outputs: [bindOne(primitive, inputs, { axes: axes.map((a) => a + 1) })],
      batched: [true],
    }),
    ...(rule.transpose === undefined ? {} : { transpose: rule.transpose }),
  };
  return primitive;
};

/** Tangent of a maximum or minimum: the mean of the tangents at the places that attain it, as in JAX. */
const extremeTangent = (t: Tensor, x: Tensor, y: Tensor, axes: readonly number[]): Tensor => {
  const chosen = x.equal(y.reshape(keepDims(x.shape, axes))).cast(x.dtype);
  return t.mul(chosen).sum(axes).div(chosen.sum(axes));
};

export const sumP: Primitive<ReduceParams> = /* @__PURE__ */ reduction({
  name: "sum",
  domain: "number",
  initial: 0,
  fn: (a, x) => a + x,
  jvp: (t, _x, _y, axes) => t.sum(axes),
  transpose: (cotangents, inputs, { axes }) => {
    const ct = only(cotangents);
    const { shape } = only(inputs).aval;
    return [ct === null ? null : ct.reshape(keepDims(shape, axes)).broadcastTo(shape)];
  },
});
export const maxReduceP: Primitive<ReduceParams> = /* @__PURE__ */ reduction({
  name: "reduceMax",
  domain: "any",
  initial: undefined,
  fn: (a, x) => Math.max(a, x),
  jvp: extremeTangent,
});
export const minReduceP: Primitive<ReduceParams> = /* @__PURE__ */ reduction({
  name: "reduceMin",
  domain: "any",
  initial: undefined,
  fn: (a, x) => Math.min(a, x),
  jvp: extremeTangent,
});
export const prodP: Primitive<ReduceParams> = /* @__PURE__ */ reduction({
  name: "prod",
  domain: "number",
  initial: 1,
  fn: (a, x, dtype) => (isFloat(dtype) ? a * x : Math.imul(a, x)),
  jvp: (t, x, _y, axes) => prodTangent(t, x, axes),
});
export const allP: Primitive<ReduceParams> = /* @__PURE__ */ reduction({
  name: "all",
  domain: "bits",
  result: "bool",
  initial: 1,
  fn: (a, x) => (a !== 0 && x !== 0 ? 1 : 0),
});
export const anyP: Primitive<ReduceParams> = /* @__PURE__ */ reduction({
  name: "any",
  domain: "bits",
  result: "bool",
  initial: 0,
  fn: (a, x) => (a !== 0 || x !== 0 ? 1 : 0),
});

/** Product rule with prefix and suffix products, so that zeros among the factors are right to every order. */
const prodTangent = (t: Tensor, x: Tensor, axes: readonly number[]): Tensor => {
  const kept = keptAxes(x.shape, axes);
  const perm = [...kept, ...axes];
  const rows = kept.map((i) => dim(x.shape, i));
  const flat = (v: Tensor): Tensor =>
    v.transpose(perm).reshape([...rows, sizeOf(axes.map((i) => dim(x.shape, i)))]);
  const factors = flat(x);
  const n = factors.shape.at(-1) ?? 0;
  const pieces = Array.from({ length: n }, (_, i) =>
    factors.slice([...rows.map(() => 0), i], [...rows, i + 1]),
  );
  const tangents = flat(t);
  return pieces.reduce((sum, _piece, i) => {
    const own = tangents.slice([...rows.map(() => 0), i], [...rows, i + 1]);
    return sum.add(
      pieces.reduce((product, p, j) => (j === i ? product : product.mul(p)), own).reshape(rows),
    );
  }, t.sum(axes).mul(0));
};
