export { createWebgpuBackend, type WebgpuOptions } from "./create-webgpu-backend.ts";
export type { DeviceOptions } from "./device/create-device.ts";
export type { Device } from "./device/device.ts";
export {
  BufferTooLargeError,
  DeviceLostError,
  NoAdapterError,
  OutOfMemoryError,
  ShaderError,
} from "./device/errors.ts";
export { explain, type ExplainOptions, explainWith } from "./explain/explain.ts";
export type {
  KernelReport,
  OperandReport,
  Report,
  ReportTotals,
  StepReport,
} from "./explain/report.ts";
export { profile, type ProfileOptions, profileWith } from "./profile/profile.ts";
export type { KernelProfile, Profile } from "./profile/profile-report.ts";
export type { DeviceProfile } from "./device/profile.ts";
export type { CompileProgress } from "./run/pipelines.ts";
export type { TuningMode, TuningOptions, TuningTable } from "./tune/tuning-options.ts";
export type { WebgpuBackend } from "./run/webgpu-backend.ts";
export { fromTfjs, toTfjs } from "./share/share-tensors.ts";
export { createTfjsBackend, type TfjsBackendOptions } from "./tfjs/create-tfjs-backend.ts";
export { registerTfjs } from "./tfjs/register-tfjs.ts";
