import { DisposedError, jit, setBackend, tensor, type Tensor } from "@adjoint/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createWebgpuBackend,
  DeviceLostError,
  fromTfjs,
  registerTfjs,
  toTfjs,
} from "../src/index.ts";
import { softwareGpu } from "./support/software-gpu.ts";

const backend = await createWebgpuBackend({ gpu: softwareGpu() });
beforeAll(async () => {
  setBackend(backend);
  await tf.setBackend(registerTfjs(backend.device));
});
afterAll(() => backend.dispose());

describe("tensors of TensorFlow.js", () => {
  it("come without a copy and stay when their tensor goes", async () => {
    const theirs = tf.mul(tf.range(0, 2000), 2); // smaller ones stay on the host until they are needed
    const before = backend.device.buffers.bytesUsed;
    const ours = fromTfjs(theirs, backend);
    expect(backend.device.buffers.bytesUsed).toBe(before);
    theirs.dispose();
    expect([...(await ours.add(1).data())].slice(0, 3)).toEqual([1, 3, 5]);
    ours.dispose();
    expect(() => ours.add(1)).toThrow(DisposedError);
  });

  it("are made of ours without a copy, results of programs included", async () => {
    const step = jit((x: Tensor) => x.mul(3));
    const ours = step(tensor([1, 2, 3]));
    const theirs = await toTfjs(ours, backend);
    ours.dispose();
    expect([...(await tf.add(theirs, 1).data())]).toEqual([4, 7, 10]);
    expect([...(await theirs.data())]).toEqual([3, 6, 9]);
    theirs.dispose();
  });

  it("are made of parts of a donated state", async () => {
    const step = jit((x: Tensor, y: Tensor) => [x.mul(2), y.add(1)] as const, {
      donateArgnums: [0, 1],
    });
    const [x, y] = step(tensor([1, 2]), tensor([5, 6]));
    expect([...(await (await toTfjs(y, backend)).data())]).toEqual([6, 7]);
    expect(await x.toArray()).toEqual([2, 4]);
  });

  it("carry small arrays, int32 and bool", async () => {
    const small = fromTfjs(tf.scalar(7, "int32"), backend);
    expect(await small.mul(2).item()).toBe(14);
    const mask = fromTfjs(tf.tensor1d([true, false, true]), backend);
    expect(await mask.where(1, 2).toArray()).toEqual([1, 2, 1]);
  });
});

describe("a lost device", () => {
  it("is replaced by recover, for compiled functions too", async () => {
    const own = await createWebgpuBackend({ gpu: softwareGpu() });
    setBackend(own);
    const double = jit((x: Tensor) => x.mul(2).sum());
    const old = tensor([1, 2]);
    expect(await double(old).item()).toBe(6);
    own.device.destroyForTest();
    await own.device.lost;
    await expect(old.data()).rejects.toThrow(DeviceLostError);
    expect(() => double(old)).toThrow(DeviceLostError);
    await own.recover();
    expect(() => double(old)).toThrow(DeviceLostError);
    expect(await double(tensor([3, 4])).item()).toBe(14);
    expect(await tensor([1, 2]).mul(2).add(1).toArray()).toEqual([3, 5]);
    own.dispose();
    setBackend(backend);
  });
});
