import { expect, it } from "vitest";
import { DeviceLostError } from "../../src/device/errors.ts";
import { softwareDevice } from "../support/software-device.ts";

const usage = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

it("fails a read that was under way when the device was lost", async () => {
  const device = await softwareDevice();
  const buffer = device.buffers.acquire(2 ** 20, usage());
  const read = device.read(buffer, 0, 2 ** 20);
  device.destroyForTest();
  await expect(read).rejects.toThrow(DeviceLostError);
});

it("throws and rejects from then on, with the reason", async () => {
  const device = await softwareDevice();
  const buffer = device.buffers.acquire(4, usage());
  device.destroyForTest();
  expect(await device.lost).toMatchObject({ name: "DeviceLostError", fix: /checkpoint/ });
  expect(() => device.check()).toThrow(DeviceLostError);
  expect(() => device.buffers.acquire(4, usage())).toThrow(/destroyed/);
  expect(() => device.upload(buffer, Uint8Array.of(1, 2, 3, 4))).toThrow(DeviceLostError);
  await expect(device.read(buffer, 0, 4)).rejects.toThrow(DeviceLostError);
  await expect(device.settle()).rejects.toThrow(DeviceLostError);
  device.buffers.release(buffer); // giving back is always allowed
  device.buffers.trim();
});

it("leaves other devices alone", async () => {
  const [lost, other] = [await softwareDevice(), await softwareDevice()];
  lost.destroyForTest();
  await lost.lost;
  const buffer = other.buffers.acquire(4, usage());
  other.upload(buffer, Uint8Array.of(1, 2, 3, 4));
  expect([...(await other.read(buffer, 0, 4))]).toEqual([1, 2, 3, 4]);
  other.dispose();
});

it("is lost when disposed of", async () => {
  const device = await softwareDevice();
  device.dispose();
  expect(() => device.check()).toThrow(/disposed/);
  expect((await device.lost).message).toMatch(/disposed/);
});
