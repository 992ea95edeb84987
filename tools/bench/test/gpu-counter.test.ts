import { afterEach, describe, expect, it } from "vitest";
import { startCounting } from "../src/engine/gpu-counter.ts";

/** Stand-ins for the classes of WebGPU, as far as they are counted. */
class Buffer {
  destroyed = false;
  destroy(): void {
    this.destroyed = true;
  }
}
const classes = {
  GPUBuffer: Buffer,
  GPUQueue: class {
    submit(): void {}
  },
  GPUComputePassEncoder: class {
    readonly calls: unknown[] = [];
    dispatchWorkgroups(...grid: number[]): void {
      this.calls.push(grid);
    }
    dispatchWorkgroupsIndirect(): void {}
  },
  GPUDevice: class {
    createBuffer({ size }: { size: number }): Buffer {
      return Object.assign(new Buffer(), { size });
    }
    createComputePipeline(): void {}
    createComputePipelineAsync(): void {}
  },
};

afterEach(() => {
  for (const name of Object.keys(classes)) Reflect.deleteProperty(globalThis, name);
});

describe("startCounting", () => {
  it("counts calls and bytes, and passes everything on", () => {
    Object.assign(globalThis, classes);
    const counts = startCounting();
    const device = new classes.GPUDevice();
    const pass = new classes.GPUComputePassEncoder();
    const first = device.createBuffer({ size: 100 });
    first.destroy();
    first.destroy();
    device.createBuffer({ size: 40 });
    device.createBuffer({ size: 50 });
    device.createComputePipeline();
    pass.dispatchWorkgroups(3, 2);
    pass.dispatchWorkgroupsIndirect();
    new classes.GPUQueue().submit();
    expect(counts()).toEqual({
      dispatches: 2,
      submits: 1,
      pipelines: 1,
      liveBytes: 90,
      peakBytes: 100,
    });
    expect(first.destroyed).toBe(true);
    expect(pass.calls).toEqual([[3, 2]]);
  });
});
