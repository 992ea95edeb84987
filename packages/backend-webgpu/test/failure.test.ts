import {
  ArgumentError,
  BackendError,
  cumsum,
  DisposedError,
  jit,
  ones,
  scatterAdd,
  setBackend,
  take,
  type Tensor,
  tensor,
  zeros,
} from "@adjoint/core";
import {
  BufferTooLargeError,
  DeviceLostError,
  NoAdapterError,
  createWebgpuBackend,
  ShaderError,
  type WebgpuBackend,
} from "@adjoint/backend-webgpu";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { softwareBackend } from "./support/software-backend.ts";

const backend = await softwareBackend();
afterAll(() => backend.dispose());
beforeEach(() => setBackend(backend));

describe("reading", () => {
  it("at once says to wait", async () => {
    const x = tensor([1, 2]).mul(2);
    expect(() => x.dataSync()).toThrow(BackendError);
    for (const read of [() => x.dataSync(), () => x.toArraySync(), () => x.sum().itemSync()])
      expect(read).toThrow(/read.*without waiting.*await data\(\), item\(\) or toArray\(\)/s);
    expect(await x.toArray()).toEqual([2, 4]);
  });

  it("is not needed to show a tensor", () => {
    expect(String(tensor([1, 2]).mul(2))).toContain("float32[2]");
  });

  it("may happen many times at once, and after dispose was called", async () => {
    const x = tensor([1, 2]).mul(2);
    const reads = [x.toArray(), x.toArray(), x.data()];
    x.dispose();
    tensor([7, 7]).mul(3); // wants memory
    expect(await Promise.all(reads)).toEqual([[2, 4], [2, 4], Float32Array.of(2, 4)]);
  });
});

describe("tensors that are gone", () => {
  it("cannot be read or used", async () => {
    const x = tensor([1, 2]).mul(2);
    x.dispose();
    await expect(x.data()).rejects.toThrow(DisposedError);
    expect(() => x.add(1)).toThrow(DisposedError);
  });

  it("can be donated once", async () => {
    const double = jit((x: Tensor) => x.mul(2), { donateArgnums: [0] });
    const x = tensor([1, 2]).add(0);
    const y = double(x) as unknown as Tensor;
    expect(() => double(x)).toThrow(DisposedError);
    await expect(x.data()).rejects.toThrow(/donated/);
    expect(await y.toArray()).toEqual([2, 4]);
    expect(() => jit((a: Tensor, b: Tensor) => a.add(b), { donateArgnums: [0] })(y, y)).toThrow(
      ArgumentError,
    );
  });

  it("stay for programs that are under way", async () => {
    const [x, y] = [tensor([1, 2]).add(0), tensor([3, 4]).add(0)];
    const sum = jit((a: Tensor, b: Tensor) => a.add(b).mul(2))(x, y) as unknown as Tensor;
    x.dispose();
    y.dispose();
    const other = tensor([100, 100]).add(1);
    expect(await sum.toArray()).toEqual([8, 12]);
    expect(await other.toArray()).toEqual([101, 101]);
  });
});

describe("indices out of range", () => {
  it("are clipped, filled or dropped, as everywhere", async () => {
    const x = tensor([1, 2, 3]);
    const at = tensor([-9, -1, 0, 3, 2_000_000_000], { dtype: "int32" });
    expect(await take(x, at, { axis: 0 }).toArray()).toEqual([1, 3, 1, 3, 3]);
    expect(await take(x, at, { axis: 0, mode: "fill" }).toArray()).toEqual([NaN, 3, 1, NaN, NaN]);
    const rows = at.reshape([5, 1]);
    expect(await scatterAdd(zeros([3]), rows, ones([5])).toArray()).toEqual([1, 0, 1]);
  });
});

describe("arrays that are too large", () => {
  it("are refused at once, with what the device has", () => {
    const most = backend.device.gpu.limits.maxBufferSize;
    expect(() =>
      tensor([1, 2])
        .reshape([2, 1])
        .broadcastTo([2, most / 4])
        .add(1),
    ).toThrow(BufferTooLargeError);
    const huge = jit((x: Tensor) => x.broadcastTo([most / 4, 2]).add(tensor([1, 2])));
    expect(() => huge(tensor(1).reshape([1, 1]))).toThrow(/bytes on this device.*smaller batches/s);
  });

  it("leave nothing behind", async () => {
    const before = backend.device.buffers.bytesUsed;
    const most = backend.device.gpu.limits.maxBufferSize;
    const huge = jit((x: Tensor) => [x.mul(2), x.broadcastTo([most / 4, 2]).add(1)] as const);
    const x = tensor([[1, 2]]);
    for (let i = 0; i < 3; i++) expect(() => huge(x)).toThrow(BufferTooLargeError);
    x.dispose();
    expect(backend.device.buffers.bytesUsed).toBeLessThanOrEqual(before + 512);
    expect(await tensor([1, 2]).add(1).toArray()).toEqual([2, 3]);
  });
});

describe("a program whose run fails", () => {
  /** A backend whose device refuses shaders as long as `isRefusing` says so. */
  const refusing = async (isRefusing: () => boolean): Promise<WebgpuBackend> => {
    const own = await softwareBackend();
    const { gpu } = own.device;
    const make = gpu.createShaderModule.bind(gpu);
    gpu.createShaderModule = (descriptor) =>
      make(isRefusing() ? { ...descriptor, code: `${descriptor.code} nonsense` } : descriptor);
    return own;
  };

  it("rejects the read of every result and of what follows, names the program, and goes on", async () => {
    let isRefusing = true;
    const own = await refusing(() => isRefusing);
    setBackend(own);
    const brokenProgram = (x: Tensor): readonly Tensor[] => [x.mul(2), cumsum(x, 0)];
    const x = tensor([1, 2, 3]);
    const before = own.device.buffers.bytesUsed;
    const [first, second] = jit(brokenProgram)(x) as unknown as readonly Tensor[];
    await expect(first!.data()).rejects.toThrow(BackendError);
    isRefusing = false;
    const after = second!.add(1);
    for (const failed of [first!, second!, after]) {
      await expect(failed.data()).rejects.toThrow(/brokenProgram: a program must run to its end/);
      await expect(failed.data()).rejects.toHaveProperty("cause", expect.any(ShaderError));
      failed.dispose();
    }
    expect(own.device.buffers.bytesUsed - before).toBeLessThanOrEqual(1024); // what programs keep
    isRefusing = true;
    const anonymous = jit((y: Tensor) => y.mul(3).sub(1))(x) as unknown as Tensor;
    const error: unknown = await anonymous.data().catch((reason: unknown) => reason);
    const { message, cause } = error as BackendError;
    expect(message).toMatch(/^jit: a program must run to its end, got \w+: the device must accept/);
    expect(message).toMatch(/unexpected token in line \d+, "}"/);
    expect(message.length).toBeLessThan(500);
    expect((cause as ShaderError).code).toContain("@compute");
    isRefusing = false;
    expect(await x.add(2).toArray()).toEqual([3, 4, 5]);
    own.dispose();
  });
});

describe("a device that is lost", () => {
  it("rejects what is under way and everything later", async () => {
    const own = await softwareBackend();
    setBackend(own);
    const step = jit((x: Tensor) => x.mul(2).sum());
    const x = tensor([1, 2]);
    expect(await (step(x) as unknown as Tensor).item()).toBe(6);
    const pending = (step(x) as unknown as Tensor).item();
    own.device.destroyForTest();
    await expect(pending).rejects.toThrow(DeviceLostError);
    await own.device.lost;
    await expect(x.data()).rejects.toThrow(DeviceLostError);
    expect(() => tensor([1, 2]).add(1)).toThrow(/lost.*load the last checkpoint/s);
    expect(() => step(x)).toThrow(DeviceLostError);
    expect(() => jit((y: Tensor) => y.add(3))(x)).toThrow(DeviceLostError);
    setBackend(backend);
    expect(await tensor([1, 2]).add(1).toArray()).toEqual([2, 3]);
  });

  it("says so when it was disposed of", async () => {
    const own = await softwareBackend();
    setBackend(own);
    const x = tensor([1, 2]).add(1);
    own.dispose();
    await expect(x.data()).rejects.toThrow(DeviceLostError);
    expect(() => x.add(1)).toThrow(DeviceLostError);
  });
});

describe("no GPU", () => {
  it("says what to install", async () => {
    const none = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
    await expect(createWebgpuBackend({ gpu: none })).rejects.toThrow(NoAdapterError);
    await expect(createWebgpuBackend({ gpu: none })).rejects.toThrow(/install a driver/);
  });
});
