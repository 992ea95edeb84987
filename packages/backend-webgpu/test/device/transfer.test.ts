import { afterAll, describe, expect, it } from "vitest";
import { softwareDevice } from "../support/software-device.ts";

const device = await softwareDevice();
const storage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
afterAll(() => device.dispose());

const pattern = (length: number): Uint8Array => {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = i * 31 + (i >> 8);
  return bytes;
};

const roundTrip = async (bytes: Uint8Array): Promise<Uint8Array> => {
  const buffer = device.buffers.acquire(bytes.length, storage);
  device.upload(buffer, bytes);
  const back = await device.read(buffer, 0, bytes.length);
  device.buffers.release(buffer);
  return back;
};

describe("upload and read", () => {
  it.each([0, 1, 2, 3, 4, 17, 63, 65, 1000])("bring back %i bytes", async (length) => {
    const bytes = pattern(length);
    expect(await roundTrip(bytes)).toEqual(bytes);
  });

  it.each([2 ** 24 + 3, 2 ** 26 + 5])("bring back %i bytes, written in pieces", async (length) => {
    const bytes = pattern(length);
    expect(Buffer.compare(await roundTrip(bytes), bytes)).toBe(0);
  });

  it("take views into larger arrays", async () => {
    expect(await roundTrip(pattern(100).subarray(7, 30))).toEqual(pattern(100).slice(7, 30));
  });

  it("reads a range, wherever it starts", async () => {
    const buffer = device.buffers.acquire(1000, storage);
    const bytes = pattern(1000);
    device.upload(buffer, bytes.slice(0, 500));
    device.upload(buffer, bytes.slice(500), 500);
    for (const [offset, length] of [
      [0, 1],
      [4, 8],
      [3, 7],
      [501, 499],
      [998, 2],
    ] as const)
      expect(await device.read(buffer, offset, length)).toEqual(
        bytes.slice(offset, offset + length),
      );
    device.buffers.release(buffer);
  });

  it("keeps the order of recorded commands and uploads", async () => {
    const [a, b] = [device.buffers.acquire(4, storage), device.buffers.acquire(4, storage)];
    device.upload(a, Uint8Array.of(1, 1, 1, 1));
    device.encoder().copyBufferToBuffer(a, 0, b, 0, 4);
    device.upload(a, Uint8Array.of(2, 2, 2, 2)); // the copy was recorded before
    expect([...(await device.read(b, 0, 4))]).toEqual([1, 1, 1, 1]);
    expect([...(await device.read(a, 0, 4))]).toEqual([2, 2, 2, 2]);
  });

  it("serves many reads at once, with few staging buffers", async () => {
    const buffer = device.buffers.acquire(64, storage);
    device.upload(buffer, pattern(64));
    const read = () => Promise.all([0, 4, 8].map((offset) => device.read(buffer, offset, 4)));
    await read();
    const allocated = device.buffers.bytesAllocated;
    for (let i = 0; i < 5; i++) expect((await read()).map((b) => b[0])).toEqual([0, 124, 248]);
    expect(device.buffers.bytesAllocated).toBe(allocated);
  });
});

describe("a refused command", () => {
  it("is told by the next read, once", async () => {
    const buffer = device.buffers.acquire(256, storage);
    device.encoder().copyBufferToBuffer(buffer, 0, buffer, 0, 4); // source and target overlap
    await expect(device.read(buffer, 0, 4)).rejects.toThrow(/refused a command.*same/is);
    await expect(device.read(buffer, 0, 4)).resolves.toHaveLength(4);
  });
});
