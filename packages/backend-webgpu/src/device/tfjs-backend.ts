import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { type BackendValues, util } from "@tensorflow/tfjs-core";

/** What happens when TensorFlow.js has let go of data that it borrowed. */
type Release = () => void;

/**
 * TensorFlow.js's backend, for buffers that are larger than the tensor in them, as those of a pool are, and for buffers that
 * it borrows.
 */
export class SharedBackend extends WebGPUBackend {
  readonly #borrowed = new WeakMap<object, Release>();

  /** Calls `release` once nothing of TensorFlow.js refers to the data any more. */
  onDispose(dataId: object, release: Release): void {
    this.#borrowed.set(dataId, release);
  }

  override disposeData(dataId: object, force?: boolean): boolean {
    const isGone = super.disposeData(dataId, force);
    const release = isGone ? this.#borrowed.get(dataId) : undefined;
    if (release === undefined) return isGone;
    this.#borrowed.delete(dataId);
    release();
    return isGone;
  }

  override async read(dataId: object): Promise<BackendValues> {
    return this.#fit(dataId, await super.read(dataId));
  }

  override readSync(dataId: object): BackendValues {
    return this.#fit(dataId, super.readSync(dataId));
  }

  /** The values without what the buffer holds behind the tensor. */
  #fit(dataId: object, values: BackendValues): BackendValues {
    if (!this.tensorMap.has(dataId) || !ArrayBuffer.isView(values)) return values;
    const data = this.tensorMap.get(dataId);
    const size = util.sizeFromShape(data.shape);
    if (values.length <= size) return values;
    data.values = values.slice(0, size);
    return data.values;
  }
}

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
export const makeTfjsBackend = (gpu: GPU, device: GPUDevice, info: GPUAdapterInfo): SharedBackend =>
  withNavigator(gpu, () => new SharedBackend(device, info));
