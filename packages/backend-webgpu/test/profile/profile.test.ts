import { profile, profileWith } from "@adjoint/backend-webgpu";
import {
  BackendError,
  matmul,
  ones,
  scan,
  setBackend,
  softmax,
  referenceBackend,
  type Tensor,
} from "@adjoint/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { softwareBackend } from "../support/software-backend.ts";

const backend = await softwareBackend();
beforeAll(() => setBackend(backend));
afterAll(() => {
  setBackend(referenceBackend);
  backend.dispose();
});

describe("profile", () => {
  const scores = (x: Tensor, w: Tensor): Tensor => softmax(matmul(x, w));

  it("tells how long each kernel took", async () => {
    const report = await profileWith({ runs: 3 }, scores, ones([65, 64]), ones([64, 33]));
    expect(report.kernels.map(({ name, calls }) => [name, calls])).toEqual([
      ["matmul", 1],
      ["reduceMax_where_exp_sum_div", 1],
    ]);
    expect(report.runs).toBe(3);
    for (const { ms, gflops, gbps } of report.kernels) {
      expect(ms).toBeGreaterThan(0);
      expect(gflops).toBeGreaterThan(0);
      expect(gbps).toBeGreaterThan(0);
    }
    expect(report.kernels.reduce((n, k) => n + k.share, 0)).toBeCloseTo(1);
    expect(report.gpuMs).toBeLessThan(report.wallMs);
    const [product] = report.kernels;
    expect(product?.gflops).toBeCloseTo((2 * 65 * 64 * 33) / ((product?.ms ?? 0) * 1e6), 3);
  });

  it("prints a table, the slowest first", async () => {
    const lines = String(await profile(scores, ones([65, 64]), ones([64, 33]))).split("\n");
    expect(lines[0]).toBe("scores");
    expect(lines[1]).toMatch(/^kernel +calls +ms +share +GFLOP\/s +GB\/s$/);
    expect(lines).toHaveLength(5);
    expect(lines[4]).toContain("median of 5");
  });

  it("adds up the turns of a loop", async () => {
    const loop = (x: Tensor): unknown =>
      scan((c: Tensor) => [c.mul(2), undefined] as const, x, undefined, { length: 7 });
    const report = await profileWith({ runs: 1 }, loop, ones([3]));
    expect(report.kernels.map((k) => k.calls)).toEqual([7]);
  });

  it("leaves arguments and the memory of the device as they were", async () => {
    const x = ones([65, 64]);
    await profile((y: Tensor) => y.add(1), x);
    const before = backend.device.buffers.bytesUsed;
    await profile((y: Tensor) => y.add(1), x);
    expect(backend.device.buffers.bytesUsed).toBe(before);
    expect((await x.data())[0]).toBe(1);
    expect(backend.runtime.profiler).toBeUndefined();
  });

  it("refuses other backends, two at a time, and devices without time stamps", async () => {
    const f = (x: Tensor): Tensor => x.add(1);
    const first = profile(f, ones([3]));
    await expect(profile(f, ones([3]))).rejects.toThrow("one profile");
    const other = await softwareBackend();
    Reflect.set(other.device.profile, "timestamps", false);
    setBackend(other);
    await expect(profile(f, ones([3]))).rejects.toThrow("timestamp-query");
    setBackend(referenceBackend);
    await expect(profile(f, ones([3]))).rejects.toThrow(BackendError);
    setBackend(backend);
    other.dispose();
    await first;
  });
});
