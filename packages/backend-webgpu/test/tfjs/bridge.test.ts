import { ArgumentError, DTypeError } from "@adjoint/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, it, vi } from "vitest";
import { type Borrowed, fromTfjs, moveToTfjs, toTfjs } from "../../src/tfjs/bridge.ts";
import { registerTfjs } from "../../src/tfjs/register-tfjs.ts";
import { softwareDevice } from "../support/software-device.ts";

const device = await softwareDevice();
await tf.setBackend(registerTfjs(device));
const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
afterAll(() => device.dispose());

const arrayOf = (values: Float32Array | Int32Array, shape: number[], dtype = "float32") => {
  const buffer = device.buffers.acquire(values.byteLength, usage);
  device.upload(buffer, new Uint8Array(values.buffer));
  return { buffer, offset: 0, bytes: values.byteLength, aval: { shape, dtype } as never };
};

describe("toTfjs", () => {
  it("shares the buffer, which may be larger than the tensor", async () => {
    const array = arrayOf(Float32Array.of(1, 2, 3), [3]);
    const release = vi.fn();
    const tensor = toTfjs(device, array, release);
    expect(device.tfjs.tensorMap.get(tensor.dataId).resource).toBe(array.buffer);
    expect(await tensor.array()).toEqual([1, 2, 3]);
    expect(await tf.add(tensor, tf.tensor([10, 20, 30])).array()).toEqual([11, 22, 33]);
    expect(release).not.toHaveBeenCalled();
    tensor.dispose();
    expect(release).toHaveBeenCalledOnce();
    device.buffers.release(array.buffer);
  });

  it("keeps the loan while another tensor is on the same data", () => {
    const array = arrayOf(Float32Array.of(1, 2, 3, 4), [4]);
    const release = vi.fn();
    const tensor = toTfjs(device, array, release);
    const reshaped = tf.reshape(tensor, [2, 2]);
    tensor.dispose();
    expect(release).not.toHaveBeenCalled();
    reshaped.dispose();
    expect(release).toHaveBeenCalledOnce();
  });

  it.each(["int32", "bool"])("takes %s", async (dtype) => {
    const tensor = toTfjs(device, arrayOf(Int32Array.of(0, 1, 1), [3], dtype), () => undefined);
    expect(tensor.dtype).toBe(dtype);
    expect([...(await tensor.data())]).toEqual([0, 1, 1]);
    const chosen = tf.where(tf.cast(tensor, "bool"), tf.tensor([5, 6, 7]), tf.tensor([1, 2, 3]));
    expect(await chosen.array()).toEqual([1, 6, 7]);
  });

  it("copies what does not begin its buffer", async () => {
    const values = new Float32Array(70);
    values[65] = 8;
    const array = arrayOf(values, [70]);
    const release = vi.fn();
    const view = {
      ...array,
      offset: 256,
      bytes: 12,
      aval: { shape: [3], dtype: "float32" } as const,
    };
    const tensor = toTfjs(device, view, release);
    expect(release).toHaveBeenCalledOnce();
    expect(await tensor.array()).toEqual([0, 8, 0]);
  });

  it("refuses what TensorFlow.js does not have", () => {
    const array = arrayOf(Float32Array.of(1), [1], "float16");
    expect(() => toTfjs(device, array, () => undefined)).toThrow(DTypeError);
    expect(() => moveToTfjs(device, array)).toThrow(/float16\[1\]/);
  });
});

describe("moveToTfjs", () => {
  it("has TensorFlow.js give the buffer back to the pool", async () => {
    device.flush();
    const used = device.buffers.bytesUsed;
    const array = arrayOf(Float32Array.of(1, 2, 3), [3]);
    const tensor = moveToTfjs(device, array);
    expect(await tensor.array()).toEqual([1, 2, 3]);
    expect(device.buffers.bytesUsed).toBe(used + 256);
    tensor.dispose();
    expect(device.buffers.bytesUsed).toBe(used);
    expect(device.buffers.acquire(12, usage)).toBe(array.buffer);
  });
});

describe("fromTfjs", () => {
  it("uploads values that are still on the host", async () => {
    const tensor = tf.tensor([1.5, 2.5], [1, 2]);
    const { array, release } = fromTfjs(device, tensor);
    expect(array).toMatchObject({ offset: 0, bytes: 8, aval: { shape: [1, 2], dtype: "float32" } });
    const bytes = await device.read(array.buffer, 0, 8);
    expect([...new Float32Array(bytes.buffer)]).toEqual([1.5, 2.5]);
    release();
    tensor.dispose();
  });

  it("shares what a kernel wrote, also once the tensor is gone", async () => {
    const numbers = tf.memory().numTensors;
    const buffers = tf.memory().numDataBuffers;
    const x = tf.range(0, 2000);
    const tensor = tf.mul(x, 2);
    const { resource } = device.tfjs.tensorMap.get(tensor.dataId);
    const { array, release } = fromTfjs(device, tensor);
    expect(array.buffer).toBe(resource);
    x.dispose();
    tensor.dispose();
    const bytes = await device.read(array.buffer, 4 * 1999, 4);
    expect(new Float32Array(bytes.buffer)[0]).toBe(3998);
    release();
    expect(tf.memory()).toMatchObject({ numTensors: numbers, numDataBuffers: buffers });
  });

  it("outlives a tidy", async () => {
    let borrowed: Borrowed | undefined;
    tf.tidy(() => {
      borrowed = fromTfjs(device, tf.tensor([7]));
    });
    const { array, release } = borrowed!;
    expect(new Float32Array((await device.read(array.buffer, 0, 4)).buffer)[0]).toBe(7);
    release();
  });

  it("gives bool as words", async () => {
    const { array } = fromTfjs(device, tf.tensor([true, false, true]));
    const bytes = await device.read(array.buffer, 0, array.bytes);
    expect([...new Int32Array(bytes.buffer)]).toEqual([1, 0, 1]);
  });

  it("refuses other dtypes and tensors of other backends", async () => {
    expect(() => fromTfjs(device, tf.tensor(["a"]))).toThrow(DTypeError);
    const other = await softwareDevice();
    const name = registerTfjs(other);
    expect(registerTfjs(other)).toBe(name);
    expect(() => fromTfjs(other, tf.tensor([1]))).toThrow(ArgumentError);
    other.dispose();
  });
});
