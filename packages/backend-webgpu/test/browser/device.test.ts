import { afterAll, describe, expect, it } from "vitest";
import { createDevice } from "../../src/device/create-device.ts";
import { DeviceLostError } from "../../src/device/errors.ts";

const device = await createDevice();
afterAll(() => device.dispose());

const floats = (bytes: Uint8Array<ArrayBuffer>): number[] => [...new Float32Array(bytes.buffer)];

const double = `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < 3u) { y[id.x] = x[id.x] * 2.0; }
}`;

describe("a device in the browser", () => {
  it("describes its adapter", () => {
    const { profile } = device;
    expect(profile.maxBindingBytes).toBeGreaterThanOrEqual(2 ** 27); // what every WebGPU device has
    expect(profile.isSoftware).toBe(true);
  });

  it("runs a kernel", async () => {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const [x, y] = [device.buffers.acquire(12, usage), device.buffers.acquire(12, usage)];
    device.upload(x, new Uint8Array(Float32Array.of(1, 2, 3).buffer));
    const module = device.gpu.createShaderModule({ code: double });
    const pipeline = device.gpu.createComputePipeline({ layout: "auto", compute: { module } });
    const entries = [x, y].map((buffer, binding) => ({ binding, resource: { buffer } }));
    const layout = pipeline.getBindGroupLayout(0);
    const pass = device.pass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.gpu.createBindGroup({ layout, entries }));
    pass.dispatchWorkgroups(1);
    expect(floats(await device.read(y, 0, 12))).toEqual([2, 4, 6]);
  });

  it("brings back large arrays", async () => {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const values = Float32Array.from({ length: 5_000_001 }, (_, i) => i);
    const buffer = device.buffers.acquire(values.byteLength, usage);
    device.upload(buffer, new Uint8Array(values.buffer));
    expect(floats(await device.read(buffer, 4 * 4_999_999, 8))).toEqual([4_999_999, 5_000_000]);
    device.buffers.release(buffer);
  });

  it("says when it is lost", async () => {
    const other = await createDevice();
    const buffer = other.buffers.acquire(4, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC);
    const read = other.read(buffer, 0, 4);
    other.destroyForTest();
    await expect(read).rejects.toThrow(DeviceLostError);
    expect((await other.lost).message).toMatch(/destroyed/);
  });
});

describe("a device in a worker", () => {
  it("computes there too", async () => {
    const worker = new Worker(new URL("support/worker.ts", import.meta.url), { type: "module" });
    const answer = await new Promise((resolve, reject) => {
      worker.addEventListener("message", ({ data }) => resolve(data));
      worker.addEventListener("error", ({ message }) => reject(new Error(message)));
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- windows have origins, workers do not
      worker.postMessage(Uint8Array.of(1, 2, 3, 4));
    });
    worker.terminate();
    expect(answer).toEqual(Uint8Array.of(1, 2, 3, 4));
  });
});
