export { createOnnxBackend } from "./backend/create-onnx-backend.ts";
export type { OnnxBackend, OnnxBackendOptions } from "./backend/onnx-backend.ts";
export { exportOnnx } from "./export/export-onnx.ts";
export { encodeModel } from "./proto/encode-model.ts";
export { ModelRecordError } from "./proto/model-record-error.ts";
export { loadSession } from "./runtime/load-session.ts";
export { loadSessionSync } from "./runtime/load-session-sync.ts";
export { OnnxRuntimeError } from "./runtime/onnx-runtime-error.ts";
export { hostTensor } from "./runtime/session.ts";
export { KernelProgramError } from "./wasm/kernel-program.ts";
export { loadKernels } from "./wasm/load-kernels.ts";

export type {
  AttributeRecord,
  GraphRecord,
  ModelRecord,
  NodeRecord,
  OnnxDataType,
  TensorRecord,
  ValueRecord,
} from "./proto/model-record.ts";
export type {
  AsyncSession,
  HostArray,
  HostTensor,
  HostTensors,
  Session,
  SessionOptions,
  SyncSession,
} from "./runtime/session.ts";
export type { KernelTarget } from "./wasm/emit-kernel.ts";
export type {
  KernelAxes,
  KernelInput,
  KernelOutput,
  KernelProgram,
  KernelStep,
  KernelType,
} from "./wasm/kernel-program.ts";
export type { Kernel } from "./wasm/load-kernels.ts";
export type { WasmMemory } from "./wasm/wasm-memory.ts";
