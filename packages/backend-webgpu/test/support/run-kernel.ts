import { moduleOf } from "../../src/kernel/declare.ts";
import type { Kernel } from "../../src/kernel/kernel.ts";
import { withNumbers } from "../../src/kernel/shape-marks.ts";
import { noDriver, softwareGpu } from "./software-gpu.ts";

/** A device of the software adapter; `backend: "null"` validates shaders with every feature and computes nothing. */
export const testDevice = async (backend?: "null"): Promise<GPUDevice> => {
  const adapter = await softwareGpu(backend).requestAdapter();
  if (adapter === null) throw new Error(noDriver);
  const wanted = ["shader-f16", "subgroups", "timestamp-query"] as const;
  const { maxStorageBuffersPerShaderStage, maxComputeWorkgroupStorageSize } = adapter.limits;
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  return adapter.requestDevice({
    requiredFeatures: wanted.filter((f) => adapter.features.has(f)),
    requiredLimits: {
      maxStorageBuffersPerShaderStage,
      maxComputeWorkgroupStorageSize,
      maxStorageBufferBindingSize,
      maxBufferSize,
    },
  });
};

export type Words = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** Compiles a kernel; throws with the compiler's messages. */
export const pipelineOf = async (
  device: GPUDevice,
  kernel: Kernel,
): Promise<GPUComputePipeline> => {
  const code = withNumbers(moduleOf(kernel));
  const module = device.createShaderModule({ code, label: kernel.name });
  const { messages } = await module.getCompilationInfo();
  const errors = messages.filter((m) => m.type === "error");
  if (errors.length > 0)
    throw new Error(`${errors.map((m) => `${m.lineNum}: ${m.message}`).join("\n")}\n${code}`);
  return device.createComputePipelineAsync({
    layout: "auto",
    compute: { module, entryPoint: "main" },
  });
};

/** Runs a kernel on one array per operand (32-bit elements) and gives back every operand's contents afterwards, with the fastest time in ms of `repeats` runs. */
export const runKernel = async (
  device: GPUDevice,
  kernel: Kernel,
  arrays: readonly Words[],
  repeats = 1,
): Promise<{ readonly arrays: readonly ArrayBuffer[]; readonly ms: number }> => {
  const pipeline = await pipelineOf(device, kernel);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffers = arrays.map((array) => {
    const buffer = device.createBuffer({ size: Math.max(16, array.byteLength), usage });
    device.queue.writeBuffer(buffer, 0, array);
    return buffer;
  });
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  let ms = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repeats; i++) {
    await device.queue.onSubmittedWorkDone();
    const start = performance.now();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...kernel.grid);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    ms = Math.min(ms, performance.now() - start);
  }
  const results: ArrayBuffer[] = [];
  for (const [i, buffer] of buffers.entries()) {
    const bytes = Math.max(16, arrays[i]?.byteLength ?? 0);
    const staging = device.createBuffer({
      size: bytes,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    results.push(staging.getMappedRange().slice(0, arrays[i]?.byteLength));
    staging.destroy();
    buffer.destroy();
  }
  return { arrays: results, ms };
};
