export { createWebgpuBackend } from "./create-webgpu-backend.ts";
export type { DeviceOptions } from "./device/create-device.ts";
export {
  BufferTooLargeError,
  DeviceLostError,
  NoAdapterError,
  OutOfMemoryError,
  ShaderError,
} from "./device/errors.ts";
export type { WebgpuBackend } from "./run/webgpu-backend.ts";
