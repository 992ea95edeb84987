import { createDevice, type DeviceOptions } from "./device/create-device.ts";
import { WebgpuBackend } from "./run/webgpu-backend.ts";

/** A backend on a GPU of its own. Throws NoAdapterError where there is no WebGPU. */
export const createWebgpuBackend = async (options: DeviceOptions = {}): Promise<WebgpuBackend> =>
  new WebgpuBackend(await createDevice(options), () => createDevice(options));
