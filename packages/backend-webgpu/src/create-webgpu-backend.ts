import { checkOptions } from "./check-options.ts";
import { createDevice, type DeviceOptions } from "./device/create-device.ts";
import type { CompileProgress } from "./run/pipelines.ts";
import { WebgpuBackend } from "./run/webgpu-backend.ts";
import { Tuner } from "./tune/tuner.ts";
import type { TuningMode, TuningOptions } from "./tune/tuning-options.ts";

/** How a backend is set up. */
export type WebgpuOptions = DeviceOptions & {
  /** Called whenever a shader has become ready, with how many there are: a program runs first when all of its own are. */
  readonly onCompile?: (progress: CompileProgress) => void;
  /**
   * Whether the kernels of large matrix products are chosen by timing a few of them, in the background; a program goes on with
   * faster ones once they are found, which may change its results in the last bits. Default `auto`: on GPUs, not on software
   * adapters. Given functions that load and save, choices last for longer than the process.
   */
  readonly tuning?: TuningMode | TuningOptions;
};

/**
 * A backend on a GPU of its own. Throws NoAdapterError where there is no WebGPU, ArgumentError for an option that is not of its
 * kind.
 */
export const createWebgpuBackend = async (options: WebgpuOptions = {}): Promise<WebgpuBackend> => {
  checkOptions(options);
  const { onCompile, tuning, ...device } = options;
  const tuner = await Tuner.create(tuning);
  const made = await createDevice(device);
  return new WebgpuBackend(made, () => createDevice(device), { onCompile, tuner });
};
