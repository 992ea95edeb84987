import { Device } from "./device.ts";
import { NoAdapterError } from "./errors.ts";
import { findGpu } from "./gpu-object.ts";
import { featuresOf, limitsOf, profileOf } from "./profile.ts";
import { makeTfjsBackend } from "./tfjs-backend.ts";

/** How a device is chosen and set up. */
export type DeviceOptions = {
  /** Entry point of WebGPU; default `navigator.gpu`, and in Node that of the npm package `webgpu`. */
  readonly gpu?: GPU;
  /** Default `high-performance`: the discrete GPU of a laptop. */
  readonly powerPreference?: GPUPowerPreference;
  /** Free bytes of GPU memory to keep for reuse; default 256 MiB, or 1.25 times what was ever in use at once if that is more. */
  readonly maxFreeBytes?: number;
};

const noAdapter = (): NoAdapterError =>
  new NoAdapterError({
    operation: "createDevice",
    rule: "WebGPU must find a GPU or a software adapter",
    got: "none",
    fix: "install a driver for it (Linux: libvulkan1 and the Vulkan driver of the GPU), or start Chromium with --enable-unsafe-webgpu",
  });

const refused = (cause: unknown): NoAdapterError =>
  new NoAdapterError(
    {
      operation: "createDevice",
      rule: "the adapter must give a device",
      got: cause instanceof Error ? cause.message.trim() : String(cause),
    },
    { cause },
  );

/**
 * A device of our own: with every limit of the adapter, and half precision, subgroups and time stamps where it has them. The
 * device that TensorFlow.js would make has neither. Throws NoAdapterError.
 */
export const createDevice = async (options: DeviceOptions = {}): Promise<Device> => {
  const { powerPreference = "high-performance", maxFreeBytes } = options;
  const gpu = await findGpu(options.gpu);
  const adapter = await gpu.requestAdapter({ powerPreference });
  if (adapter === null) throw noAdapter();
  const requiredFeatures = featuresOf(adapter);
  const device = await adapter
    .requestDevice({ requiredFeatures, requiredLimits: limitsOf(adapter), label: "adjoint" })
    .catch((error: unknown) => {
      throw refused(error);
    });
  const tfjs = makeTfjsBackend(gpu, device, adapter.info);
  return new Device(tfjs, profileOf(adapter.info, device), { maxFreeBytes });
};
