import type { SharedBackend } from "./tfjs-backend.ts";
import { BufferPool, type PoolOptions } from "./buffer-pool.ts";
import { DeviceHealth } from "./device-health.ts";
import type { DeviceLostError } from "./errors.ts";
import type { DeviceProfile } from "./profile.ts";
import { type Channel, readback, upload } from "./transfer.ts";

/**
 * A GPU with its memory and its one line of commands, both shared with TensorFlow.js: kernels of ours and of theirs run in the
 * order in which they were recorded.
 */
export class Device {
  readonly gpu: GPUDevice;
  readonly tfjs: SharedBackend;
  readonly profile: DeviceProfile;
  readonly buffers: BufferPool;
  readonly #health: DeviceHealth;
  readonly #channel: Channel;

  constructor(tfjs: SharedBackend, profile: DeviceProfile, options: PoolOptions = {}) {
    this.gpu = tfjs.device;
    this.tfjs = tfjs;
    this.profile = profile;
    this.#health = new DeviceHealth(this.gpu);
    const flush = (): void => this.flush();
    this.buffers = new BufferPool(tfjs, this.#health, flush, options);
    const encoder = (): GPUCommandEncoder => this.encoder();
    this.#channel = { gpu: this.gpu, buffers: this.buffers, health: this.#health, encoder, flush };
  }

  /** Resolves when the device is lost. */
  get lost(): Promise<DeviceLostError> {
    return this.#health.lost;
  }

  /** Throws DeviceLostError when the device is gone. */
  check(): void {
    this.#health.check();
  }

  /** The encoder to record with, outside of any pass; valid until the next `flush`, upload, read or operation of TensorFlow.js. */
  encoder(): GPUCommandEncoder {
    this.tfjs.endComputePassEncoder();
    return this.#openEncoder();
  }

  /** The open compute pass, or a new one; valid as long as `encoder()` would be. Counts as nothing towards automatic submission. */
  pass(): GPUComputePassEncoder {
    const encoder = this.#openEncoder();
    this.tfjs["computePassEncoder"] ??= encoder.beginComputePass();
    return this.tfjs["computePassEncoder"];
  }

  /** Submits what is recorded, ours and that of TensorFlow.js. */
  flush(): void {
    if (this.tfjs["commandEncoder"] === null) return;
    this.tfjs.endComputePassEncoder();
    this.tfjs.submitQueue();
  }

  /**
   * Writes bytes to a buffer, after all commands recorded so far; `offset` is a multiple of 4, and up to 3 bytes behind the end
   * are zeroed to fill a word. Throws DeviceLostError.
   */
  upload(buffer: GPUBuffer, bytes: Uint8Array, offset = 0): void {
    upload(this.#channel, buffer, bytes, offset);
  }

  /**
   * Reads `bytes` bytes from `offset` on, after all commands recorded so far. Rejects with DeviceLostError, OutOfMemoryError, or
   * a BackendError for anything else that the device refused since the last read.
   */
  read(buffer: GPUBuffer, offset: number, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    return readback(this.#channel, buffer, offset, bytes);
  }

  /** Waits until all work is done; rejects as `read` does. */
  async settle(): Promise<void> {
    this.check();
    this.flush();
    await this.gpu.queue.onSubmittedWorkDone();
    await this.#health.settle();
  }

  /** Destroys the device with everything on it. */
  dispose(): void {
    this.#health.declareLost("disposed", "");
    this.tfjs.dispose();
    this.gpu.destroy();
  }

  /** Loses the device, as a driver that resets it would. */
  destroyForTest(): void {
    this.gpu.destroy();
  }

  #openEncoder(): GPUCommandEncoder {
    this.tfjs.ensureCommandEncoderReady();
    return this.tfjs["commandEncoder"];
  }
}
