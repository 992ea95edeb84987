export { Tensor, type Nested, type TensorLike } from "./tensor.ts";
export type { Axis, ReduceOptions } from "./methods.ts";
export { dtypes, isFloat, isInteger, promoteTypes, type DType } from "./dtype.ts";
export type { Shape } from "./shape.ts";
export type { HostData } from "./host-array.ts";
export {
  AdjointError,
  ArgumentError,
  BackendError,
  type Complaint,
  DisposedError,
  DTypeError,
  NanError,
  ShapeError,
  TracerError,
  TransformError,
  TreeError,
} from "./errors.ts";
export { getBackend, setBackend, withBackend } from "./backend/current.ts";
export { copyTo } from "./backend/copy-to.ts";
export { referenceBackend } from "./backend/reference.ts";
export { debugNans } from "./backend/debug-nans.ts";
export { memory, type MemoryReport } from "./backend/memory.ts";

// creation
export type { NestedData, TypedArray } from "./ops/tensor-data.ts";
export {
  type DTypeOptions,
  fromData,
  full,
  fullLike,
  ones,
  onesLike,
  tensor,
  type TensorOptions,
  zeros,
  zerosLike,
} from "./ops/creation.ts";
export {
  arange,
  eye,
  type EyeOptions,
  iota,
  linspace,
  type LinspaceOptions,
} from "./ops/ranges.ts";
export { asTensor, isTensor } from "./ops/operand.ts";

// elementwise
export {
  abs,
  add,
  clip,
  copysign,
  div,
  floorDivide,
  fmod,
  hypot,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  reciprocal,
  remainder,
  sign,
  square,
  sub,
} from "./ops/arithmetic.ts";
export {
  cbrt,
  erf,
  erfc,
  erfInv,
  exp,
  exp2,
  expm1,
  log,
  log10,
  log1p,
  log2,
  logaddexp,
  logaddexp2,
  rsqrt,
  sigmoid,
  sqrt,
} from "./ops/exponential.ts";
export {
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atan2,
  atanh,
  cos,
  cosh,
  sin,
  sinh,
  tan,
  tanh,
} from "./ops/trigonometry.ts";
export { ceil, floor, round, trunc } from "./ops/rounding.ts";
export {
  allclose,
  type CloseOptions,
  equal,
  greater,
  greaterEqual,
  isclose,
  isfinite,
  isinf,
  isnan,
  less,
  lessEqual,
  notEqual,
  where,
} from "./ops/comparison.ts";
export {
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  leftShift,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  rightShift,
} from "./ops/bits.ts";
export { bitcast, cast } from "./ops/convert.ts";

// reductions
export {
  all,
  any,
  countNonzero,
  max,
  mean,
  min,
  prod,
  std,
  sum,
  variance,
  type VarianceOptions,
} from "./ops/reductions.ts";

// shape
export {
  atLeastRank,
  broadcastArrays,
  broadcastTo,
  expandDims,
  flip,
  moveaxis,
  ravel,
  reshape,
  squeeze,
  swapaxes,
  transpose,
} from "./ops/axes.ts";
export { concatenate, split, stack, unstack } from "./ops/join.ts";
export { repeat, roll, tile } from "./ops/rearrange.ts";
export { pad, type PadMode, type PadOptions, type PadWidth } from "./ops/pad.ts";

// transforms
export { scope } from "./transforms/scope.ts";
export { checkpoint } from "./transforms/checkpoint.ts";
export { axisIndex, pmax, pmean, psum } from "./transforms/collectives.ts";
export { customJvp, type JvpRule } from "./transforms/custom-jvp.ts";
export { type BackwardRule, customVjp, type ForwardRule } from "./transforms/custom-vjp.ts";
export {
  grad,
  type Gradients,
  type GradOptions,
  type GradResult,
  valueAndGrad,
} from "./transforms/grad.ts";
export {
  type Hessian,
  hessian,
  hvp,
  jacfwd,
  type Jacobian,
  type JacobianOptions,
  jacrev,
} from "./transforms/jacobian.ts";
export { jit, type JitOptions } from "./transforms/jit.ts";
export { jvp } from "./transforms/jvp.ts";
export { makeIr, type PrintableIr } from "./transforms/make-ir.ts";
export { stopGradient } from "./transforms/stop-gradient.ts";
export { linearize, type LinearFunction, vjp, type VjpFunction } from "./transforms/vjp.ts";
export { type AxisTree, type MapAxis, vmap, type VmapOptions } from "./transforms/vmap.ts";
export type { MapLeaves, TensorTree, Tree } from "./tree/types.ts";

// control flow
export { cond, switchCase } from "./control/cond.ts";
export { map, scan, type ScanOptions } from "./control/scan.ts";
export { foriLoop, whileLoop } from "./control/while-loop.ts";

// indexing
export type { Index, MaskData, Range } from "./ops/index-plan.ts";
export type { IndexData, IndexLike } from "./ops/indices.ts";
export { at, get, type Place } from "./ops/at.ts";
export {
  take,
  takeAlongAxis,
  type TakeAlongOptions,
  type TakeMode,
  type TakeOptions,
} from "./ops/take.ts";
export {
  gather,
  type GatherOptions,
  scatterAdd,
  scatterMax,
  scatterMin,
  scatterMul,
  scatterSet,
} from "./ops/gather.ts";
export {
  dynamicSlice,
  dynamicSliceInDim,
  dynamicUpdateSlice,
  dynamicUpdateSliceInDim,
  type Starts,
} from "./ops/dynamic-slice.ts";
export { oneHot, type OneHotOptions } from "./ops/one-hot.ts";
export {
  diag,
  diagonal,
  type DiagonalOptions,
  type MatrixOptions,
  trace,
  tril,
  triu,
} from "./ops/triangular.ts";

// order
export { argmax, argmin, argsort, sort, type SortOptions, topK } from "./ops/sorting.ts";
export { searchsorted, type SearchOptions } from "./ops/searchsorted.ts";
export {
  cumlogsumexp,
  cummax,
  cummin,
  cumprod,
  cumsum,
  type CumulativeOptions,
} from "./ops/cumulative.ts";

// products and linear algebra
export { dot, inner, matmul, outer, tensordot, type TensordotAxes, vdot } from "./ops/tensordot.ts";
export { einsum } from "./ops/einsum.ts";
export {
  cholesky,
  inv,
  lu,
  qr,
  solve,
  triangularSolve,
  type TriangularSolveOptions,
} from "./ops/linalg.ts";
export { det, slogdet } from "./ops/det.ts";
export { norm, type NormOptions } from "./ops/norm.ts";

// convolution and pooling
export {
  conv,
  conv1d,
  conv2d,
  conv3d,
  type ConvGeneralOptions,
  type ConvOptions,
} from "./ops/conv.ts";
export {
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type ConvTransposeOptions,
} from "./ops/conv-transpose.ts";
export { avgPool, type AvgPoolOptions, maxPool, type PoolOptions } from "./ops/pool.ts";
export type { Padding, PerAxis } from "./ops/spatial.ts";
export type { PadPair } from "./primitives/conv-shape.ts";

// neural networks
export { attention, type AttentionOptions } from "./ops/attention.ts";
export { gelu, type GeluOptions, logSigmoid, relu, silu, softplus } from "./ops/activations.ts";
export type { GeluApproximation } from "./primitives/gelu.ts";
export {
  layerNorm,
  logsumexp,
  logSoftmax,
  type NormalizationOptions,
  rmsNorm,
  softmax,
  softmaxCrossEntropy,
} from "./ops/nn.ts";
