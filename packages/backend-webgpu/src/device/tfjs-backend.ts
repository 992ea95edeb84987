import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";

/** Sets a property for as long as `action` runs. */
const during = <T>(target: object, name: string, value: unknown, action: () => T): T => {
  const before = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value, configurable: true });
  try {
    return action();
  } finally {
    if (before === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, before);
  }
};

/** The backend of TensorFlow.js looks for `navigator.gpu` when it is made, though it is handed a device: Node has none. */
const withNavigator = <T>(gpu: GPU, action: () => T): T => {
  if (!("navigator" in globalThis)) return during(globalThis, "navigator", { gpu }, action);
  return "gpu" in navigator ? action() : during(navigator, "gpu", gpu, action);
};

/** TensorFlow.js's WebGPU backend on our device; its buffers and command encoder are the ones this package uses. */
export const makeTfjsBackend = (gpu: GPU, device: GPUDevice, info: GPUAdapterInfo): WebGPUBackend =>
  withNavigator(gpu, () => new WebGPUBackend(device, info));
