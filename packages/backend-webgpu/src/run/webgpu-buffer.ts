import {
  type Aval,
  type Backend,
  BackendError,
  type Buffer,
  formatAval,
  type HostArray,
} from "@adjoint/core/backend";
import type { Block } from "./block.ts";
import { fromDevice } from "./host-data.ts";
import type { Runtime } from "./runtime.ts";
import { once, type Once, whenCollected } from "./when-collected.ts";

/** A backend with its device. */
export type RunningBackend = Backend & { readonly runtime: Runtime };

/** A tensor's storage on the GPU. */
export class WebgpuBuffer implements Buffer {
  readonly backend: RunningBackend;
  readonly aval: Aval;
  readonly bytes: number;
  readonly block: Block;
  readonly runtime: Runtime;
  readonly collected: () => void;
  readonly #release: Once;

  constructor(backend: RunningBackend, runtime: Runtime, aval: Aval, block: Block) {
    this.backend = backend;
    this.runtime = runtime;
    this.aval = { shape: aval.shape, dtype: aval.dtype };
    this.block = block;
    this.bytes = block.bytes;
    this.#release = once(() => block.release());
    this.collected = this.#release.act;
    // constants and copies from other backends belong to no tensor that would give them back
    whenCollected(this, this.collected);
  }

  get isLost(): boolean {
    return this.backend.runtime !== this.runtime;
  }

  async read(): Promise<HostArray> {
    const { device, line, f16 } = this.runtime;
    this.block.retain();
    try {
      await line.idle();
      if (this.block.failure !== undefined) throw this.block.failure;
      const { offset, bytes } = this.block;
      return fromDevice(this.aval, await device.read(this.block.gpu, offset, bytes), f16);
    } finally {
      this.block.release();
    }
  }

  readSync(): HostArray {
    throw new BackendError({
      operation: "read",
      rule: "a GPU is read without waiting",
      got: formatAval(this.aval),
      fix: "await data(), item() or toArray(); await copyTo(backend, x) takes x to another backend",
    });
  }

  /** Passes the hold on the block to whoever calls: the buffer no longer gives it back. */
  surrender(): void {
    this.#release.cancel();
  }

  dispose(): void {
    this.collected();
  }
}
