import {
  type Aval,
  type Backend,
  BackendError,
  type Buffer,
  type HostArray,
  logicalBytes,
} from "@adjoint/core/backend";
import type { Value } from "./value.ts";

/** A value, or one that is still being computed. */
export type Eventually = Value | Promise<Value>;

/** A tensor of the backend on TensorFlow.js. */
export class TfjsBuffer implements Buffer {
  readonly backend: Backend;
  readonly aval: Aval;
  readonly bytes: number;
  readonly collected: () => void;
  #value: Eventually;

  /** `value` is owned once, by this buffer. */
  constructor(backend: Backend, aval: Aval, value: Eventually) {
    this.backend = backend;
    this.aval = { shape: aval.shape, dtype: aval.dtype };
    this.bytes = logicalBytes(aval.shape, aval.dtype);
    this.#value = value;
    if (value instanceof Promise) {
      const free = value.then(
        (known) => {
          this.#value = known;
          return known.held.disown;
        },
        () => () => undefined, // `read` tells of the failure
      );
      this.collected = () => void free.then((disown) => disown());
    } else {
      this.collected = value.held.disown;
    }
  }

  /** The value, owned once more. */
  borrow(): Eventually {
    const value = this.#value;
    if (!(value instanceof Promise)) {
      value.held.own();
      return value;
    }
    return value.then((known) => {
      known.held.own();
      return known;
    });
  }

  async read(): Promise<HostArray> {
    const value = await this.borrow();
    try {
      const array = await value.read();
      return { ...this.aval, data: array.data.slice() };
    } finally {
      value.held.disown();
    }
  }

  readSync(): HostArray {
    const value = this.#value;
    if (value instanceof Promise || !value.canReadSync)
      throw new BackendError({
        operation: "readSync",
        rule: "WebGPU gives values only to those who wait",
        fix: "await data() or item()",
      });
    return { ...this.aval, data: value.readSync().data.slice() };
  }

  dispose(): void {
    this.collected();
  }
}

/** The buffer as one of this backend; throws BackendError for those of others. */
export const asTfjsBuffer = (buffer: Buffer): TfjsBuffer => {
  if (buffer instanceof TfjsBuffer) return buffer;
  throw new BackendError({
    operation: "tfjs",
    rule: "takes its own buffers",
    got: buffer.backend.name,
  });
};
