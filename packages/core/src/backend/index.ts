export { type DType, byteSize, isFloat, isInteger } from "../dtype.ts";
export { BackendError } from "../errors.ts";
export {
  allocate,
  at,
  type HostArray,
  type HostData,
  hostZeros,
  logicalBytes,
  roundToBfloat16,
  roundToFloat16,
  roundToStorage,
} from "../host-array.ts";
export { type Aval, formatAval } from "../ir/aval.ts";
export { evaluateIr } from "../ir/evaluate-ir.ts";
export {
  type Atom,
  type Capture,
  type Eqn,
  hoistCaptures,
  type Ir,
  isIr,
  type Literal,
  Var,
} from "../ir/ir.ts";
export { evalIr } from "../ir/eval-ir.ts";
export { traceFlat } from "../ir/trace-flat.ts";
export type { Params, Primitive } from "../primitives/primitive.ts";
export {
  broadcastShapes,
  dim,
  formatShape,
  sameShape,
  type Shape,
  sizeOf,
  stridesOf,
} from "../shape.ts";
export type { Tensor } from "../tensor.ts";
export type { Backend, Buffer, CompileOptions, Executable } from "./backend.ts";
export { literal } from "./literal.ts";
export { bufferOf, tensorOf } from "./tensor-of.ts";
export { traceFunction, type TracedFunction } from "../transforms/trace-function.ts";
export { leafPaths } from "../tree/structure.ts";
