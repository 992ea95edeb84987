import type { BufferPool } from "./buffer-pool.ts";
import type { DeviceHealth } from "./device-health.ts";

/** What copies between host and device go through. */
export type Channel = {
  readonly gpu: GPUDevice;
  readonly buffers: BufferPool;
  readonly health: DeviceHealth;
  /** The encoder that commands are recorded with, outside of any pass. */
  readonly encoder: () => GPUCommandEncoder;
  /** Submits what is recorded. */
  readonly flush: () => void;
};

/** Above this many bytes arrays are written to mapped memory instead of being copied by the queue first. */
const direct = 2 ** 24;

/** Bytes of one piece of a large array. */
const piece = 2 ** 26;

const wordsOf = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/** `bytes` with zeros up to a whole number of words. */
const padded = (bytes: Uint8Array): Uint8Array => {
  if (bytes.length % 4 === 0) return bytes;
  const words = new Uint8Array(wordsOf(bytes.length));
  words.set(bytes);
  return words;
};

const writeMapped = (
  { gpu, encoder, flush }: Channel,
  target: GPUBuffer,
  bytes: Uint8Array,
  offset: number,
): void => {
  for (let start = 0; start < bytes.length; start += piece) {
    const part = bytes.subarray(start, start + piece);
    const size = wordsOf(part.length);
    const usage = GPUBufferUsage.MAP_WRITE | GPUBufferUsage.COPY_SRC;
    const staging = gpu.createBuffer({ size, usage, mappedAtCreation: true });
    new Uint8Array(staging.getMappedRange()).set(part);
    staging.unmap();
    encoder().copyBufferToBuffer(staging, 0, target, offset + start, size);
    flush();
    staging.destroy();
  }
};

/**
 * Writes bytes to a buffer, after all commands recorded so far; `offset` is a multiple of 4, and up to 3 bytes behind the end
 * are zeroed to fill a word. Throws DeviceLostError.
 */
export const upload = (
  channel: Channel,
  target: GPUBuffer,
  bytes: Uint8Array,
  offset: number,
): void => {
  channel.health.check();
  if (bytes.length === 0) return;
  channel.flush();
  if (bytes.length > direct) return writeMapped(channel, target, bytes, offset);
  const words = padded(bytes);
  channel.gpu.queue.writeBuffer(target, offset, words.buffer, words.byteOffset, words.length);
};

/** Reads `bytes` bytes from `offset` on, after all commands recorded so far. Rejects with what failed on the device. */
export const readback = async (
  { buffers, health, encoder, flush }: Channel,
  source: GPUBuffer,
  offset: number,
  bytes: number,
): Promise<Uint8Array<ArrayBuffer>> => {
  health.check(source);
  const start = offset - (offset % 4);
  const size = wordsOf(offset + bytes - start);
  const staging = buffers.acquire(size, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
  try {
    health.guard(() => {
      if (size > 0) encoder().copyBufferToBuffer(source, start, staging, 0, size);
      flush();
    });
    await staging.mapAsync(GPUMapMode.READ).catch(async (error: unknown) => {
      throw await health.explain(error);
    });
    await health.settle(source);
    return new Uint8Array(staging.getMappedRange().slice(offset - start, offset - start + bytes));
  } finally {
    staging.unmap();
    buffers.release(staging);
  }
};
