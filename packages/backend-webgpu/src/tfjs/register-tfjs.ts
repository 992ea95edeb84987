import {
  copyRegisteredKernels,
  findBackendFactory,
  getKernelsForBackend,
  registerBackend,
} from "@tensorflow/tfjs-core";
import type { Device } from "../device/device.ts";

const names = new WeakMap<Device, string>();
let count = 0;

const freeName = (): string => {
  const name = count++ === 0 ? "adjoint" : `adjoint-${count}`;
  return findBackendFactory(name) === null ? name : freeName();
};

/**
 * Makes the device a backend of TensorFlow.js, next to those that are there, and gives the name for `tf.setBackend`. Tensors
 * of that backend and of ours can then be exchanged without copies.
 */
export const registerTfjs = (device: Device): string => {
  const known = names.get(device);
  if (known !== undefined) return known;
  const name = freeName();
  names.set(device, name);
  if (getKernelsForBackend(name).length === 0) copyRegisteredKernels("webgpu", name);
  registerBackend(name, () => device.tfjs, 0); // never chosen unless asked for
  return name;
};
