import { type Aval, type DType, formatAval, type Shape } from "@adjoint/core/backend";
import { ArgumentError, DTypeError } from "@adjoint/core";
import { engine, keep, type DataType, type Tensor } from "@tensorflow/tfjs-core";
import type { Device } from "../device/device.ts";

/** One array in device memory: `bytes` bytes from `offset` on, row-major, bool as words of 0 or 1. */
export type DeviceArray = {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
  readonly aval: Aval;
};

/** dtypes that both sides store the same way. */
const shared: ReadonlyMap<string, DType & DataType> = new Map(
  (["float32", "int32", "bool"] as const).map((dtype) => [dtype, dtype]),
);

const sharedDType = (operation: string, aval: { readonly dtype: string }, got: string) => {
  const dtype = shared.get(aval.dtype);
  if (dtype !== undefined) return dtype;
  throw new DTypeError({
    operation,
    rule: "TensorFlow.js and Adjoint have float32, int32 and bool in common",
    got,
    fix: "cast first",
  });
};

/** A copy in a buffer of its own: TensorFlow.js cannot begin in the middle of one. */
const copied = (device: Device, { buffer, offset, bytes }: DeviceArray): GPUBuffer => {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const target = device.buffers.acquire(bytes, usage);
  const size = Math.ceil(bytes / 4) * 4;
  if (size > 0) device.encoder().copyBufferToBuffer(buffer, offset, target, 0, size);
  return target;
};

const wrap = (device: Device, buffer: GPUBuffer, shape: Shape, dtype: DataType): Tensor =>
  device.tfjs.createTensorFromGPUData({ buffer, zeroCopy: true }, [...shape], dtype);

/** Has TensorFlow.js give the buffer back to the pool when the tensor is disposed of. */
const handOver = (device: Device, tensor: Tensor): Tensor => {
  device.tfjs.tensorMap.get(tensor.dataId).external = false;
  return tensor;
};

/**
 * A tensor of TensorFlow.js on the storage of `array`, which is lent: it must stay, unchanged, until `release` is called, when
 * the last tensor on it has been disposed of. An array that does not begin its buffer is copied, and released at once.
 * Throws DTypeError for what TensorFlow.js does not have.
 */
export const toTfjs = (device: Device, array: DeviceArray, release: () => void): Tensor => {
  const { buffer, offset, aval } = array;
  const dtype = sharedDType("toTfjs", aval, formatAval(aval));
  device.check();
  if (offset !== 0) {
    const tensor = handOver(device, wrap(device, copied(device, array), aval.shape, dtype));
    release();
    return tensor;
  }
  const tensor = wrap(device, buffer, aval.shape, dtype);
  device.tfjs.onDispose(tensor.dataId, release);
  return tensor;
};

/** As `toTfjs`, for a buffer of the device's pool that holds nothing else: the tensor owns it from now on. */
export const moveToTfjs = (device: Device, array: DeviceArray): Tensor => {
  const release = (): void => device.buffers.release(array.buffer);
  if (array.offset !== 0) return toTfjs(device, array, release);
  const dtype = sharedDType("moveToTfjs", array.aval, formatAval(array.aval));
  device.check();
  return handOver(device, wrap(device, array.buffer, array.aval.shape, dtype));
};

/** An array that TensorFlow.js lends; `release` gives it back, once. */
export type Borrowed = { readonly array: DeviceArray; readonly release: () => void };

/**
 * The storage of a tensor of TensorFlow.js, which must live on the backend of `device`; values that are still on the host are
 * uploaded. It stays when the tensor is disposed of, until `release`. Throws DTypeError and ArgumentError.
 */
export const fromTfjs = (device: Device, tensor: Tensor): Borrowed => {
  const { tfjs } = device;
  const { dataId, shape } = tensor;
  const dtype = sharedDType("fromTfjs", tensor, `${tensor.dtype}[${shape.join(",")}]`);
  device.check();
  if (!tfjs.tensorMap.has(dataId))
    throw new ArgumentError({
      operation: "fromTfjs",
      rule: "the tensor must live on this device",
      got: "one of another backend",
      fix: "await tf.setBackend(registerTfjs(device)) before it is made, or pass its data()",
    });
  tfjs.uploadToGPU(dataId);
  tfjs.incRef(dataId);
  const own = keep(engine().makeTensorFromTensorInfo({ dataId, shape, dtype }, tfjs));
  const { resource } = tfjs.tensorMap.get(dataId);
  if (!(resource instanceof GPUBuffer)) {
    own.dispose();
    throw new ArgumentError({
      operation: "fromTfjs",
      rule: "the tensor must be stored in a buffer",
      got: "a texture",
    });
  }
  const array = { buffer: resource, offset: 0, bytes: 4 * tensor.size, aval: { shape, dtype } };
  return { array, release: () => own.dispose() };
};
