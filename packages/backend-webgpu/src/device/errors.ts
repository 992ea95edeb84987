import type { Complaint } from "@adjoint/core";
import { BackendError } from "@adjoint/core/backend";

/** No WebGPU, or no adapter, where one was asked for. */
export class NoAdapterError extends BackendError {
  override readonly name = "NoAdapterError";
}

/** The device is gone: destroyed, reset by the driver, or unplugged. Everything on it is lost. */
export class DeviceLostError extends BackendError {
  override readonly name = "DeviceLostError";
}

/** The device has no memory left for a buffer. */
export class OutOfMemoryError extends BackendError {
  override readonly name = "OutOfMemoryError";
}

/** One array is larger than any buffer of the device can be. */
export class BufferTooLargeError extends BackendError {
  override readonly name = "BufferTooLargeError";
}

/** The device refused generated WGSL, which `code` holds; a bug of this package. */
export class ShaderError extends BackendError {
  override readonly name = "ShaderError";
  /** The WGSL that was refused. */
  readonly code: string;

  constructor(complaint: Complaint, code: string) {
    super(complaint);
    this.code = code;
  }
}
