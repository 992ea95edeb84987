import { createDevice, type DeviceOptions } from "../../src/device/create-device.ts";
import type { Device } from "../../src/device/device.ts";
import { NoAdapterError } from "../../src/device/errors.ts";
import { noDriver, softwareGpu } from "./software-gpu.ts";

/** A device of the software adapter; a machine without one fails the tests, and says what to install. */
export const softwareDevice = async (
  options: Omit<DeviceOptions, "gpu"> = {},
  backend?: "null",
): Promise<Device> => {
  try {
    return await createDevice({ ...options, gpu: softwareGpu(backend) });
  } catch (error) {
    throw error instanceof NoAdapterError ? new Error(noDriver, { cause: error }) : error;
  }
};
