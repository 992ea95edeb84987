import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { outOfMemory, type DeviceHealth } from "./device-health.ts";
import { BufferTooLargeError } from "./errors.ts";

const mebibyte = 2 ** 20;

/** Bytes to allocate for `bytes`: coarse enough that buffers of similar arrays serve one another, at most 1/8 more. */
export const roundedSize = (bytes: number): number => {
  const step = bytes <= mebibyte ? 256 : 2 ** Math.floor(Math.log2(bytes)) / 8;
  return Math.max(256, Math.ceil(bytes / step) * step);
};

const tooLarge = (bytes: number, most: number): BufferTooLargeError =>
  new BufferTooLargeError({
    operation: "webgpu",
    rule: `one array may take ${most} bytes on this device`,
    got: `${bytes} bytes`,
    fix: "split the array, or use smaller batches",
  });

/** Free bytes that are kept whatever is in use. */
const alwaysKept = 256 * mebibyte;

/** How a pool is set up. */
export type PoolOptions = {
  /** Free bytes to keep for reuse; default 256 MiB, or 1.25 times what was ever in use at once if that is more. */
  readonly maxFreeBytes?: number | undefined;
};

/**
 * GPU buffers, shared with TensorFlow.js: those given back are handed out again for the same rounded size and usage.
 * `flush` submits recorded commands, which may still name buffers that are about to be destroyed.
 */
export class BufferPool {
  readonly #gpu: GPUDevice;
  readonly #manager: WebGPUBackend["bufferManager"];
  readonly #health: DeviceHealth;
  readonly #flush: () => void;
  readonly #maxFreeBytes: number | undefined;
  /** When a buffer was given back: the oldest go first. */
  readonly #released = new WeakMap<GPUBuffer, number>();
  readonly #broken = new WeakSet<GPUBuffer>();
  #clock = 0;
  #peak = 0;

  constructor(tfjs: WebGPUBackend, health: DeviceHealth, flush: () => void, options: PoolOptions) {
    this.#gpu = tfjs.device;
    this.#manager = tfjs.bufferManager;
    this.#health = health;
    this.#flush = flush;
    this.#maxFreeBytes = options.maxFreeBytes;
  }

  /** Bytes of the buffers in use. */
  get bytesUsed(): number {
    return this.#manager.numBytesUsed;
  }

  /** Bytes of all buffers, those kept for reuse included. */
  get bytesAllocated(): number {
    return this.#manager.numBytesAllocated;
  }

  /**
   * A buffer of at least `bytes` bytes, unmapped, contents undefined. Throws BufferTooLargeError and DeviceLostError; that
   * memory ran out is told by the next read.
   */
  acquire(bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    this.#health.check();
    const most = this.#gpu.limits.maxBufferSize;
    if (bytes > most) throw tooLarge(bytes, most);
    const size = Math.min(roundedSize(bytes), most - (most % 4));
    const buffer = this.#take(size, usage);
    this.#health.stamp(buffer);
    this.#peak = Math.max(this.#peak, this.bytesUsed);
    return buffer;
  }

  /** Gives a buffer back, once. Commands that were recorded before may still use it; writes from the host must wait for them. */
  release(buffer: GPUBuffer): void {
    const isBroken = this.#broken.has(buffer);
    this.#manager.releaseBuffer(buffer, !isBroken);
    if (isBroken) return;
    this.#released.set(buffer, ++this.#clock);
    const limit = this.#maxFreeBytes ?? Math.max(alwaysKept, 1.25 * this.#peak);
    // some more than needed, or every release would look for the oldest
    if (this.#freeBytes > limit) this.trim(0.9 * limit);
  }

  /** Destroys free buffers, the longest unused first, until at most `keep` free bytes are left. */
  trim(keep = 0): void {
    if (this.#freeBytes <= keep) return;
    this.#flush();
    const age = (buffer: GPUBuffer): number => this.#released.get(buffer) ?? 0;
    const free = [...this.#manager["freeBuffers"].values()].flat();
    for (const buffer of free.sort((a, b) => age(a) - age(b))) {
      if (this.#freeBytes <= keep) return;
      this.#destroy(buffer);
    }
  }

  get #freeBytes(): number {
    return this.bytesAllocated - this.bytesUsed;
  }

  #freeLike(size: number, usage: GPUBufferUsageFlags): GPUBuffer[] {
    return this.#manager["freeBuffers"].get(`${size}_${usage}`) ?? [];
  }

  #take(size: number, usage: GPUBufferUsageFlags): GPUBuffer {
    if (this.#freeLike(size, usage).length > 0) return this.#manager.acquireBuffer(size, usage);
    this.#gpu.pushErrorScope("out-of-memory");
    const buffer = this.#manager.acquireBuffer(size, usage);
    this.#health.watch(this.#gpu.popErrorScope(), () => this.#discard(buffer));
    return buffer;
  }

  /** Memory ran out for `buffer`. */
  #discard(buffer: GPUBuffer): void {
    const got = `${buffer.size} bytes asked for, ${this.bytesUsed} in use`;
    this.#health.fail(outOfMemory(got), buffer);
    this.#broken.add(buffer);
    this.#destroy(buffer);
    this.trim();
  }

  /** Destroys a free buffer; leaves one in use. */
  #destroy(buffer: GPUBuffer): void {
    const list = this.#freeLike(buffer.size, buffer.usage);
    const place = list.indexOf(buffer);
    if (place < 0) return;
    list.splice(place, 1);
    this.#manager["numFreeBuffers"] -= 1;
    this.#manager.numBytesAllocated -= buffer.size;
    buffer.destroy();
  }
}
