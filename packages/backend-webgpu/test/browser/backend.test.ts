import { grad, jit, memory, setBackend, tensor, type Tensor, whileLoop } from "@adjoint/core";
import { BackendError } from "@adjoint/core/backend";
import { createWebgpuBackend, DeviceLostError } from "@adjoint/backend-webgpu";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const n = 64;
const backend = await createWebgpuBackend();
beforeAll(() => setBackend(backend));
afterAll(() => backend.dispose());

const matrix = (seed: number): Tensor =>
  tensor(
    Float32Array.from({ length: n * n }, (_, i) => Math.sin(i * seed) / n),
    { shape: [n, n] },
  );

/** A step of gradient descent. */
const descend = (w: Tensor, x: Tensor): Tensor =>
  w.sub(grad((v: Tensor) => x.matmul(v).matmul(v).tanh().sum())(w).mul(0.01));

describe("in a page", () => {
  it("runs many steps that nobody waits for, in order", async () => {
    const step = jit(descend, { donateArgnums: [0] });
    const run = async (isAwaited: boolean): Promise<Float32Array> => {
      let w = matrix(1);
      const x = matrix(2);
      for (let i = 0; i < 60; i++) {
        w = step(w, x) as unknown as Tensor;
        if (isAwaited) await w.data();
      }
      return Float32Array.from(await w.data());
    };
    const awaited = await run(true);
    expect(await run(false)).toEqual(awaited);
    expect(awaited.every((value) => Number.isFinite(value))).toBe(true);
  });

  it("waits by itself where a loop must know how to go on", async () => {
    const halve = jit((x: Tensor) =>
      whileLoop(
        (y: Tensor) => y.max().greater(1),
        (y: Tensor) => y.div(2),
        x,
      ),
    );
    const y = halve(tensor([1, 12])) as unknown as Tensor;
    expect(await y.add(0).toArray()).toEqual([0.0625, 0.75]);
  });

  it("says that a result is read with await", async () => {
    const y = matrix(1).matmul(matrix(2));
    expect(() => y.dataSync()).toThrow(BackendError);
    expect(() => y.dataSync()).toThrow("await data(), item() or toArray()");
    await y.data();
  });

  it("gives back what results held", async () => {
    const alive = (): number => memory().backends[backend.name]?.tensors ?? 0;
    const [before, bytes] = [alive(), backend.device.buffers.bytesUsed];
    const w = matrix(1);
    const y = w.add(w);
    await y.data();
    y.dispose();
    w.dispose();
    expect(alive()).toBeLessThanOrEqual(before);
    expect(backend.device.buffers.bytesUsed).toBeLessThanOrEqual(bytes + 1024); // what a program keeps
  });

  it("says when its device is lost, and others go on", async () => {
    const own = await createWebgpuBackend();
    setBackend(own);
    const x = tensor([1, 2]).add(1);
    const read = x.data();
    own.device.destroyForTest();
    await expect(read).rejects.toThrow(DeviceLostError);
    await own.device.lost;
    expect(() => x.add(1)).toThrow(DeviceLostError);
    setBackend(backend);
    expect(await tensor([1, 2]).add(1).toArray()).toEqual([2, 3]);
  });
});

describe("in a worker", () => {
  it("trains", async () => {
    const worker = new Worker(new URL("support/train-worker.ts", import.meta.url), {
      type: "module",
    });
    const answer = await new Promise<unknown>((resolve, reject) => {
      worker.addEventListener("message", ({ data }: MessageEvent<unknown>) => resolve(data));
      worker.addEventListener("error", ({ message }) => reject(new Error(message)));
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- windows have origins, workers do not
      worker.postMessage(20);
    });
    worker.terminate();
    expect(answer).toEqual(["0.000", "webgpu"]);
  });
});
