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
export { referenceBackend } from "./backend/reference.ts";
export { debugNans } from "./backend/debug-nans.ts";
export { memory, type MemoryReport } from "./backend/memory.ts";

// creation
export type { NestedData, TypedArray } from "./ops/tensor-data.ts";
export {
  arange,
  type DTypeOptions,
  eye,
  type EyeOptions,
  fromData,
  full,
  fullLike,
  iota,
  linspace,
  type LinspaceOptions,
  ones,
  onesLike,
  tensor,
  type TensorOptions,
  zeros,
  zerosLike,
} from "./ops/creation.ts";
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
export { acos, acosh, asin, asinh, atan, atan2, atanh, cos, cosh, sin, sinh, tan, tanh } from "./ops/trigonometry.ts";
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
export { bitcast, cast, stopGradient } from "./ops/convert.ts";

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
