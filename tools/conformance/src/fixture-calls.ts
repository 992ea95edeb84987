import * as A from "@adjoint/core";
import type { Tensor } from "@adjoint/core";

/** A fixture's call: positional arguments and options as JAX takes them. Data decides their types, hence the loose ones. */
export type FixtureCall = (args: never, options: never) => unknown;

// `never` fits every parameter: fixtures are data, and the functions they call check it
type Options = Readonly<Record<OptionName, never>>;
type OptionName =
  | "axes"
  | "axis"
  | "axis1"
  | "axis2"
  | "constantValues"
  | "ddof"
  | "descending"
  | "destination"
  | "dilation"
  | "dtype"
  | "endpoint"
  | "groups"
  | "indices"
  | "k"
  | "keepdims"
  | "limit"
  | "m"
  | "max"
  | "min"
  | "mode"
  | "num"
  | "numClasses"
  | "offset"
  | "padWidth"
  | "padding"
  | "repeats"
  | "reps"
  | "reverse"
  | "sections"
  | "shape"
  | "shift"
  | "side"
  | "sizes"
  | "source"
  | "spec"
  | "start"
  | "strides"
  | "window";
type Args = readonly [never, never, never, ...(readonly never[])];

const unary =
  (fn: (x: A.TensorLike) => Tensor) =>
  ([x]: Args): Tensor =>
    fn(x);
const binary =
  (fn: (a: A.TensorLike, b: A.TensorLike) => Tensor) =>
  ([a, b]: Args): Tensor =>
    fn(a, b);
type Reduction = (x: A.TensorLike, axis?: A.Axis, options?: A.VarianceOptions) => Tensor;
const reduction =
  (fn: Reduction) =>
  ([x]: Args, { axis, keepdims, ddof }: Options): Tensor =>
    fn(x, axis, { keepDims: keepdims ?? false, correction: ddof ?? 0 });
const cumulative =
  (fn: typeof A.cumsum) =>
  ([x]: Args, { axis, reverse }: Options): Tensor =>
    fn(x, axis, { reverse: reverse ?? false });
const axisReduction =
  (fn: typeof A.argmax) =>
  ([x]: Args, { axis, keepdims }: Options): Tensor =>
    fn(x, axis, { keepDims: keepdims ?? false });
const overAxis =
  (fn: (x: A.TensorLike, axis?: number) => Tensor) =>
  ([x]: Args, { axis }: Options): Tensor =>
    fn(x, axis);
const offset = ({ k, offset }: Pick<Options, "k" | "offset">) => ({ offset: k ?? offset ?? 0 });

const elementwise = {
  ...Object.fromEntries(
    (
      [
        "abs",
        "square",
        "reciprocal",
        "sqrt",
        "rsqrt",
        "cbrt",
        "exp",
        "exp2",
        "expm1",
        "log",
        "log2",
        "log10",
        "log1p",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "sinh",
        "cosh",
        "tanh",
        "asinh",
        "acosh",
        "atanh",
        "erf",
        "erfc",
        "erfInv",
        "sigmoid",
        "sign",
        "floor",
        "ceil",
        "trunc",
        "round",
        "isnan",
        "isinf",
        "isfinite",
        "logicalNot",
        "bitwiseNot",
        "relu",
        "silu",
        "softplus",
        "logSigmoid",
        "ravel",
      ] as const
    ).map((name) => [name, unary(A[name])]),
  ),
  negative: unary(A.neg),
  ...Object.fromEntries(
    (
      [
        "add",
        "maximum",
        "minimum",
        "atan2",
        "hypot",
        "logaddexp",
        "logaddexp2",
        "remainder",
        "fmod",
        "floorDivide",
        "copysign",
        "equal",
        "notEqual",
        "less",
        "lessEqual",
        "greater",
        "greaterEqual",
        "logicalAnd",
        "logicalOr",
        "logicalXor",
        "bitwiseAnd",
        "bitwiseOr",
        "bitwiseXor",
        "leftShift",
        "rightShift",
        "dot",
        "inner",
        "outer",
      ] as const
    ).map((name) => [name, binary(A[name])]),
  ),
  subtract: binary(A.sub),
  multiply: binary(A.mul),
  divide: binary(A.div),
  power: binary(A.pow),
  where: ([c, a, b]: Args) => A.where(c, a, b),
  clip: ([x]: Args, { min, max }: Options) => A.clip(x, min, max),
  cast: ([x]: Args, { dtype }: Options) => A.cast(x, dtype),
};

const reductions = {
  sum: reduction(A.sum),
  mean: reduction(A.mean),
  prod: reduction(A.prod),
  max: reduction(A.max),
  min: reduction(A.min),
  var: reduction(A.variance),
  std: reduction(A.std),
  any: reduction(A.any),
  all: reduction(A.all),
  countNonzero: reduction(A.countNonzero),
  logsumexp: reduction(A.logsumexp),
  norm: ([x]: Args, { keepdims, ...options }: Options) =>
    A.norm(x, { ...options, keepDims: keepdims ?? false }),
  argmax: axisReduction(A.argmax),
  argmin: axisReduction(A.argmin),
  cumsum: cumulative(A.cumsum),
  cumprod: cumulative(A.cumprod),
  cummax: cumulative(A.cummax),
  cummin: cumulative(A.cummin),
  cumlogsumexp: cumulative(A.cumlogsumexp),
  softmax: overAxis(A.softmax),
  logSoftmax: overAxis(A.logSoftmax),
};

const shapes = {
  reshape: ([x]: Args, { shape }: Options) => A.reshape(x, shape),
  transpose: ([x]: Args, { axes }: Options) => A.transpose(x, axes),
  swapaxes: ([x]: Args, { axis1, axis2 }: Options) => A.swapaxes(x, axis1, axis2),
  moveaxis: ([x]: Args, { source, destination }: Options) => A.moveaxis(x, source, destination),
  squeeze: ([x]: Args, { axis }: Options) => A.squeeze(x, axis),
  expandDims: ([x]: Args, { axis }: Options) => A.expandDims(x, axis),
  broadcastTo: ([x]: Args, { shape }: Options) => A.broadcastTo(x, shape),
  flip: ([x]: Args, { axis }: Options) => A.flip(x, axis),
  roll: ([x]: Args, { shift, axis }: Options) => A.roll(x, shift, axis),
  concatenate: ([xs]: Args, { axis }: Options) => A.concatenate(xs, axis),
  stack: ([xs]: Args, { axis }: Options) => A.stack(xs, axis),
  split: ([x]: Args, { sections, indices, axis }: Options) => A.split(x, sections ?? indices, axis),
  pad: ([x]: Args, { padWidth, mode, constantValues }: Options) =>
    A.pad(x, padWidth, { mode: mode ?? "constant", value: constantValues ?? 0 }),
  tile: ([x]: Args, { reps }: Options) => A.tile(x, reps),
  repeat: ([x]: Args, { repeats, axis }: Options) => A.repeat(x, repeats, axis),
  tril: ([x]: Args, options: Options) => A.tril(x, offset(options)),
  triu: ([x]: Args, options: Options) => A.triu(x, offset(options)),
  diag: ([x]: Args, options: Options) => A.diag(x, offset(options)),
  diagonal: ([x]: Args, { axis1, axis2, ...options }: Options) =>
    A.diagonal(x, { ...offset(options), axis1: axis1 ?? 0, axis2: axis2 ?? 1 }),
  trace: ([x]: Args, options: Options) => A.trace(x, offset(options)),
};

const creation = {
  arange: (args: Args) => A.arange(...args),
  linspace: ([start, stop]: Args, { num, endpoint }: Options) =>
    A.linspace(start, stop, num, { endpoint: endpoint ?? true }),
  eye: ([n]: Args, { m, k }: Options) => A.eye(n, m === undefined ? {} : { columns: m, offset: k }),
  tri: ([n]: Args) => A.tril(A.ones([n, n])),
  full: ([shape, value]: Args) =>
    A.full(shape, value, Number.isInteger(value) ? { dtype: "int32" } : {}),
  oneHot: ([x]: Args, { numClasses, axis }: Options) =>
    A.oneHot(x, numClasses, { axis: axis ?? -1 }),
};

const indexing = {
  // JAX fills by default, this library clips
  take: ([x, i]: Args, { axis, mode }: Options) =>
    A.take(x, i, { ...(axis === undefined ? {} : { axis }), mode: mode ?? "fill" }),
  takeAlongAxis: ([x, i]: Args, { axis }: Options) => A.takeAlongAxis(x, i, axis, { mode: "fill" }),
  index: ([x, ...index]: Args) => A.get(x, ...(index as readonly Tensor[])),
  slice: ([x]: Args, { start, limit, strides }: Options) =>
    (x as Tensor).slice(start, limit, strides),
  dynamicSlice: ([x, starts]: Args, { sizes }: Options) => A.dynamicSlice(x, starts, sizes),
  dynamicUpdateSlice: ([x, update, starts]: Args) => A.dynamicUpdateSlice(x, update, starts),
  scatterSet: ([x, i, values]: Args) => A.at(x, i).set(values),
  scatterAdd: ([x, i, values]: Args) => A.at(x, i).add(values),
  scatterMax: ([x, i, values]: Args) => A.at(x, i).max(values),
  scatterMin: ([x, i, values]: Args) => A.at(x, i).min(values),
  indexAdd: ([x, i, j, ...rest]: Args) => A.at(x, i, j).add(rest[0] ?? 0),
  sort: ([x]: Args, { axis, descending }: Options) =>
    A.sort(x, axis, { descending: descending ?? false }),
  argsort: ([x]: Args, { axis, descending }: Options) =>
    A.argsort(x, axis, { descending: descending ?? false }),
  topK: ([x]: Args, { k }: Options) => A.topK(x, k),
  searchsorted: ([x, v]: Args, { side }: Options) => A.searchsorted(x, v, { side }),
};

/** Signs are free in a QR decomposition; JAX's results are given with a positive diagonal. */
const qrWithSigns = (a: Tensor): readonly Tensor[] => {
  const { q, r } = A.qr(a);
  const signs = A.diagonal(r).sign();
  return [q.mul(signs), r.mul(signs.expandDims(-1))];
};

const lower = (padding: unknown): never =>
  (typeof padding === "string" ? padding.toLowerCase() : padding) as never;

type Conv = (x: Tensor, kernel: Tensor, options?: A.ConvOptions) => Tensor;
const convolution =
  (fn: Conv) =>
  ([x, w]: Args, { strides, padding, dilation, groups }: Options): Tensor =>
    fn(x, w, {
      stride: strides ?? 1,
      padding: lower(padding ?? "valid"),
      dilation: dilation ?? 1,
      groups: groups ?? 1,
    });

/** lax.conv_transpose is a convolution of the spread input, padded so that "SAME" gives size times stride. */
const spreadConvolution = (
  [x, w]: readonly [Tensor, Tensor],
  {
    strides,
    padding = "VALID",
    dilation = [1],
  }: {
    readonly strides: readonly number[];
    readonly padding?: string;
    readonly dilation?: readonly number[];
  },
): Tensor => {
  const pads = strides.map((stride, i) => {
    const window = ((w.shape[i + 2] ?? 1) - 1) * (dilation[i] ?? 1) + 1;
    const valid = window + stride - 2 + Math.max(window - stride, 0);
    const total = padding === "SAME" ? window + stride - 2 : valid;
    const low =
      padding === "SAME" ? (stride > window - 1 ? window - 1 : Math.ceil(total / 2)) : window - 1;
    return [low, total - low] as const;
  });
  return A.conv(x, w, {
    padding: pads,
    lhsDilation: strides,
    rhsDilation: strides.map((_, i) => dilation[i] ?? 1),
  });
};

const products = {
  matmul: ([a, b]: Args) => A.matmul(a, b),
  tensordot: ([a, b]: Args, { axes }: Options) => A.tensordot(a, b, axes),
  einsum: (xs: Args, { spec }: Options) => A.einsum(spec, ...xs),
  conv1d: convolution(A.conv1d),
  conv2d: convolution(A.conv2d),
  conv3d: convolution(A.conv3d),
  convTranspose: ([x, w]: Args, options: Options) => spreadConvolution([x, w], options),
  maxPool: ([x]: Args, { window, strides, padding }: Options) =>
    A.maxPool(x, window, { stride: strides ?? window, padding: lower(padding ?? "valid") }),
  avgPool: ([x]: Args, { window, strides, padding }: Options) =>
    A.avgPool(x, window, {
      stride: strides ?? window,
      padding: lower(padding ?? "valid"),
      countIncludePad: false,
    }),
  cholesky: ([a]: Args) => A.cholesky(a),
  triangularSolve: ([a, b]: Args, options: Options) =>
    A.triangularSolve(a, b, options as A.TriangularSolveOptions),
  qr: ([a]: Args) => qrWithSigns(a),
  solve: ([a, b]: Args) => A.solve(a, b),
  inv: ([a]: Args) => A.inv(a),
  det: ([a]: Args) => A.det(a),
};

/** How each operation of the fixtures is called here. */
export const fixtureCalls: Readonly<Record<string, FixtureCall>> = {
  ...elementwise,
  ...reductions,
  ...shapes,
  ...creation,
  ...indexing,
  ...products,
};
