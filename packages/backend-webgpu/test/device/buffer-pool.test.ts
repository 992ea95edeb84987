import { afterAll, describe, expect, it } from "vitest";
import { roundedSize } from "../../src/device/buffer-pool.ts";
import { BufferTooLargeError, OutOfMemoryError } from "../../src/device/errors.ts";
import { softwareDevice } from "../support/software-device.ts";

const mebibyte = 2 ** 20;
const device = await softwareDevice();
const storage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
afterAll(() => device.dispose());

describe("roundedSize", () => {
  it.each([
    [0, 256],
    [1, 256],
    [256, 256],
    [257, 512],
    [mebibyte, mebibyte],
    [mebibyte + 1, mebibyte + mebibyte / 8],
    [3 * mebibyte, 3 * mebibyte],
    [3 * mebibyte + 4, 3.25 * mebibyte],
  ])("rounds %i up to %i", (bytes, size) => expect(roundedSize(bytes)).toBe(size));

  it("wastes at most an eighth of large arrays", () => {
    for (let bytes = mebibyte; bytes < 40 * mebibyte; bytes += 123_457)
      expect(roundedSize(bytes) / bytes).toBeLessThanOrEqual(1.125);
  });
});

describe("BufferPool", () => {
  it("hands a buffer out again for a similar size and the same usage", () => {
    const { buffers } = device;
    const a = buffers.acquire(1000, storage);
    expect(a.size).toBe(1024);
    const used = buffers.bytesUsed;
    buffers.release(a);
    expect(buffers.bytesUsed).toBe(used - 1024);
    expect(buffers.acquire(1020, storage)).toBe(a);
    const other = buffers.acquire(1020, storage);
    expect(other).not.toBe(a);
    buffers.release(a);
    buffers.release(other);
    expect(buffers.acquire(1020, GPUBufferUsage.COPY_DST)).not.toBe(a);
  });

  it("shares its buffers with TensorFlow.js", () => {
    const buffer = device.buffers.acquire(4096, storage);
    device.buffers.release(buffer);
    expect(device.tfjs.bufferManager.acquireBuffer(4096, storage)).toBe(buffer);
    device.tfjs.bufferManager.releaseBuffer(buffer);
  });

  it("destroys free buffers on request, and keeps those in use", async () => {
    const kept = device.buffers.acquire(2000, storage);
    device.buffers.release(device.buffers.acquire(3000, storage));
    device.upload(kept, Uint8Array.of(1, 2, 3, 4));
    device.buffers.trim();
    expect(device.buffers.bytesAllocated).toBe(device.buffers.bytesUsed);
    expect([...(await device.read(kept, 0, 4))]).toEqual([1, 2, 3, 4]);
    device.buffers.release(kept);
  });

  it("destroys the longest unused first once more than the limit is free", async () => {
    const small = await softwareDevice({ maxFreeBytes: 8 * mebibyte });
    const all = [4, 2, 3].map((n) => small.buffers.acquire(n * mebibyte, storage));
    for (const buffer of all) small.buffers.release(buffer);
    expect(small.buffers.bytesAllocated).toBe(5 * mebibyte);
    expect(small.buffers.acquire(2 * mebibyte, storage)).toBe(all[1]);
    expect(small.buffers.acquire(4 * mebibyte, storage)).not.toBe(all[0]);
    small.dispose();
  });

  it("keeps what the largest step so far has used", async () => {
    const { buffers } = device;
    const all = Array.from({ length: 3 }, () => buffers.acquire(2 ** 27, storage)); // 384 MiB
    for (const buffer of all) buffers.release(buffer);
    expect(buffers.bytesAllocated).toBeGreaterThanOrEqual(3 * 2 ** 27);
    buffers.trim();
    await device.settle();
  });

  it("submits recorded commands before it destroys buffers that they name", async () => {
    const [from, to] = [device.buffers.acquire(256, storage), device.buffers.acquire(256, storage)];
    device.upload(from, Uint8Array.of(9, 8, 7, 6));
    device.encoder().copyBufferToBuffer(from, 0, to, 0, 256);
    device.buffers.release(from);
    device.buffers.trim();
    expect([...(await device.read(to, 0, 4))]).toEqual([9, 8, 7, 6]);
    device.buffers.release(to);
  });

  it("refuses arrays that no buffer can hold, at once", () => {
    const bytes = device.profile.maxBufferBytes + 4;
    const acquire = () => device.buffers.acquire(bytes, storage);
    expect(acquire).toThrow(BufferTooLargeError);
    expect(acquire).toThrow(
      new RegExp(`${device.profile.maxBufferBytes} bytes.*got ${bytes}`, "s"),
    );
  });
});

describe("out of memory", () => {
  // the adapter that computes nothing has 512 MiB
  const fill = async () => {
    const small = await softwareDevice({}, "null");
    const before = small.buffers.acquire(4, storage);
    const all = [1, 2, 3].map(() => small.buffers.acquire(200 * mebibyte, storage));
    return { small, before, all };
  };

  it("is what the next read rejects with", async () => {
    const { small, before } = await fill();
    await expect(small.read(before, 0, 4)).rejects.toThrow(OutOfMemoryError);
    small.dispose();
  });

  it("names the bytes, and lets the next attempt pass", async () => {
    const { small, before, all } = await fill();
    await expect(small.settle()).rejects.toThrow(/218103808 bytes asked for/);
    for (const buffer of all) small.buffers.release(buffer);
    small.buffers.trim();
    const again = small.buffers.acquire(200 * mebibyte, storage);
    await expect(small.read(again, 0, 4)).resolves.toHaveLength(4);
    await expect(small.read(before, 0, 4)).resolves.toHaveLength(4);
    small.dispose();
  });

  it("stays with the buffers that were handed out meanwhile", async () => {
    const { small, all } = await fill();
    const later = small.buffers.acquire(4, storage);
    await expect(small.settle()).rejects.toThrow(OutOfMemoryError);
    await expect(small.read(later, 0, 4)).rejects.toThrow(OutOfMemoryError);
    await expect(small.read(all[2]!, 0, 4)).rejects.toThrow(OutOfMemoryError);
    await expect(small.read(all[0]!, 0, 4)).resolves.toHaveLength(4);
    small.dispose();
  });

  it("never hands out a buffer that failed", async () => {
    const { small, all } = await fill();
    for (const buffer of all) small.buffers.release(buffer);
    await expect(small.settle()).rejects.toThrow(OutOfMemoryError);
    expect(small.buffers.acquire(200 * mebibyte, storage)).not.toBe(all[2]);
    await small.settle();
    expect(small.buffers.bytesAllocated).toBe(small.buffers.bytesUsed);
    small.dispose();
  });
});
