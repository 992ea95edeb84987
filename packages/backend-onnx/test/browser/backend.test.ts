import { concatenate, grad, jit, memory, tensor, type Tensor, withBackend } from "@adjoint/core";
import { BackendError } from "@adjoint/core/backend";
import { afterAll, describe, expect, inject, it } from "vitest";
import { createOnnxBackend, type WebBackendOptions } from "../../src/browser.ts";

const threads = inject("wasmThreads");
const n = 64;

const matrix = (seed: number): Tensor =>
  tensor(
    Float32Array.from({ length: n * n }, (_, i) => Math.sin(i * seed) / n),
    { shape: [n, n] },
  );

/** A step of gradient descent, with enough arithmetic for generated kernels. */
const descend = (w: Tensor, x: Tensor): Tensor =>
  w.sub(grad((v: Tensor) => x.matmul(v).matmul(v).tanh().sum())(w).mul(0.01));

describe.each(["auto", "never"] as const)("kernels: %s", async (kernels) => {
  const backend = await createOnnxBackend({ threads, kernels, eagerHostLimit: 0 });
  afterAll(() => backend.dispose());

  it("runs many steps that nobody waits for, in order", async () => {
    const step = jit(descend, { donateArgnums: [0] });
    const run = async (isAwaited: boolean): Promise<Float32Array> => {
      let w = withBackend(backend, () => matrix(1));
      const x = withBackend(backend, () => matrix(2));
      for (let i = 0; i < 60; i++) {
        w = withBackend(backend, () => step(w, x));
        if (isAwaited) await w.data();
      }
      const data = Float32Array.from(await w.data());
      w.dispose();
      x.dispose();
      return data;
    };
    const awaited = await run(true);
    expect(await run(false)).toEqual(awaited);
    expect(awaited.every((value) => Number.isFinite(value))).toBe(true);
  });

  it("keeps a result that later runs would write over", async () => {
    const step = jit(descend);
    const x = withBackend(backend, () => matrix(2));
    const first = withBackend(backend, () => step(matrix(1), x));
    const before = Float32Array.from(await first.data());
    const later = withBackend(backend, () => step(first, x));
    await later.data();
    expect(await first.data()).toEqual(before);
  });

  it("turns halves of vectors by angles", async () => {
    const turn = (x: Tensor, c: Tensor, s: Tensor): Tensor => {
      const a = x.slice([0, 0, 0, 0], [1, n, 1, n / 2]);
      const b = x.slice([0, 0, 0, n / 2], [1, n, 1, n]);
      return concatenate([a.mul(c).sub(b.mul(s)), b.mul(c).add(a.mul(s))], -1);
    };
    const args = (): readonly [Tensor, Tensor, Tensor] => {
      const angles = matrix(3)
        .slice([0, 0], [1, n / 2])
        .mul(n);
      return [matrix(1).reshape([1, n, 1, n]), angles.cos(), angles.sin()];
    };
    const want = await turn(...args()).data();
    const got = await withBackend(backend, () => jit(turn)(...args())).data();
    expect(Array.from(got)).toEqual(Array.from(want, (value) => expect.closeTo(value, 6)));
  });

  it("says that a result is read with await", async () => {
    const y = withBackend(backend, () => jit((x: Tensor) => x.matmul(x))(matrix(1)));
    expect(() => y.dataSync()).toThrow(BackendError);
    expect(() => y.dataSync()).toThrow("await data(), item() or toArray()");
    await y.data();
  });

  it("rejects the read after a failed run, names the program, and goes on", async () => {
    const huge = function huge(x: Tensor): Tensor {
      return x.reshape([n, n, 1, 1]).broadcastTo([n, n, 512, 512]).add(1).sum([0, 1]);
    };
    const failed = withBackend(backend, () => jit(huge)(matrix(1)));
    const dependent = withBackend(backend, () => jit((x: Tensor) => x.mul(2))(failed));
    await expect(failed.data()).rejects.toThrow(/huge.*program must run to its end/s);
    await expect(dependent.data()).rejects.toThrow(/huge/);
    const y = withBackend(backend, () => jit((x: Tensor) => x.matmul(x))(matrix(1)));
    expect((await y.data()).every((value) => Number.isFinite(value))).toBe(true);
  });

  it("gives back what results held", async () => {
    const alive = (): number => memory().backends[backend.name]?.tensors ?? 0;
    const before = alive();
    const w = withBackend(backend, () => matrix(1));
    const y = withBackend(backend, () => jit((x: Tensor) => x.matmul(x))(w));
    await y.data();
    y.dispose();
    w.dispose();
    expect(alive()).toBeLessThanOrEqual(before);
  });
});

/** What the backend says in a worker of its own. */
const inWorker = (options: WebBackendOptions): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("support/worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      worker.terminate();
      resolve(data);
    });
    worker.addEventListener("error", ({ message }) => reject(new Error(message)));
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- windows have origins, workers do not
    worker.postMessage(options);
  });

describe("in a worker", () => {
  it("computes on ONNX Runtime and on kernels", async () => {
    expect(await inWorker({ threads, kernels: "never" })).toBe("27");
    expect(await inWorker({ threads, kernels: "always" })).toBe("27");
  });

  it("names the files that it cannot load", async () => {
    const options = { threads, kernels: "never", wasmPaths: "/nowhere/" } as const;
    expect(await inWorker(options)).toMatch(/ort-wasm-simd-threaded.*wasmPaths/s);
  });
});
