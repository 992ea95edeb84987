import {
  type Aval,
  type Backend,
  BackendError,
  type Buffer,
  type HostArray,
  logicalBytes,
} from "@adjoint/core/backend";
import type { Storage } from "./storage.ts";

/** A tensor of this backend: a typed array, shared with others where operations only rename the shape. */
export class OnnxBuffer implements Buffer {
  readonly backend: Backend;
  readonly aval: Aval;
  readonly bytes: number;
  readonly storage: Storage;
  readonly collected: () => void;

  constructor(backend: Backend, aval: Aval, storage: Storage) {
    this.backend = backend;
    this.aval = { shape: aval.shape, dtype: aval.dtype };
    this.bytes = logicalBytes(aval.shape, aval.dtype);
    this.storage = storage.own();
    this.collected = storage.disown;
  }

  async read(): Promise<HostArray> {
    return { ...this.aval, data: await this.storage.copy() };
  }

  readSync(): HostArray {
    return { ...this.aval, data: this.storage.data.slice() };
  }

  dispose(): void {
    this.collected();
    this.storage.giveBack();
  }
}

/** The buffer as one of this backend; throws BackendError for those of others. */
export const asOnnxBuffer = (buffer: Buffer): OnnxBuffer => {
  if (buffer instanceof OnnxBuffer) return buffer;
  throw new BackendError({
    operation: "onnx",
    rule: "takes its own buffers",
    got: buffer.backend.name,
  });
};
