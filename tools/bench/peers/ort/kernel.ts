// Single forward kernels in ONNX Runtime Web on WebGPU; the graphs are Adjoint's export, operands and results stay on the GPU.
import { exportOnnx } from "@adjoint/backend-onnx";
import { gelu, ones, softmax, tensor, type Tensor, tril } from "@adjoint/core";
import * as ort from "onnxruntime-web/webgpu";
import { maskedAttention } from "../../src/adjoint/gpt.ts";
import type { Create } from "../../src/engine/engine.ts";
import { inGroups } from "../../src/engine/in-groups.ts";
import { type KernelCase, operand } from "../../src/model/kernels.ts";
import { webgpuSession } from "./session.ts";

interface Graph {
  readonly fn: (...xs: Tensor[]) => Tensor;
  readonly shapes: readonly number[][];
}

const graphOf = (kernel: KernelCase): Graph => {
  switch (kernel.name) {
    case "matmul":
      return {
        fn: (a, b) => a.matmul(b),
        shapes: [
          [kernel.m, kernel.k],
          [kernel.k, kernel.n],
        ],
      };
    case "linear-gelu":
      return {
        fn: (x, w, b) => gelu(x.matmul(w).add(b)),
        shapes: [[kernel.m, kernel.k], [kernel.k, kernel.n], [kernel.n]],
      };
    case "softmax":
      return { fn: (x) => softmax(x), shapes: [[kernel.rows, kernel.width]] };
    case "attention": {
      const { batch, heads, block, width } = kernel;
      const shape = [batch, heads, block, width];
      const mask = tril(ones([block, block])).greater(0);
      return { fn: maskedAttention(mask), shapes: [shape, shape, shape] };
    }
    default:
      throw new Error(`no ${kernel.name} here`);
  }
};

const onGpu = (device: GPUDevice, data: Float32Array, dims: readonly number[]): ort.Tensor => {
  const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
  const size = Math.ceil(data.byteLength / 16) * 16;
  const buffer = device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
  device.queue.writeBuffer(buffer, 0, data);
  return ort.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims });
};

const firstElement = async (device: GPUDevice, tensor: ort.Tensor): Promise<number> => {
  const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ;
  const staging = device.createBuffer({ size: 4, usage });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(tensor.gpuBuffer, 0, staging, 0, 4);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const [value = Number.NaN] = new Float32Array(staging.getMappedRange());
  staging.destroy();
  return value;
};

export const create: Create = async (task) => {
  if (task.kind !== "kernel") throw new Error("kernels only");
  const { fn, shapes } = graphOf(task.kernel);
  const values = shapes.map((shape, n) => operand(n, shape));
  const model = exportOnnx(fn, ...values.map((x, n) => tensor(x, { shape: shapes[n] })));
  const session = await webgpuSession(model, true);
  const device = await ort.env.webgpu.device;
  const feeds = Object.fromEntries(
    values.map((x, n) => [`arg${n}`, onGpu(device, x, shapes[n] ?? [])]),
  );
  const call = async (): Promise<ort.Tensor> => (await session.run(feeds)).out;
  const finish = async (group: readonly ort.Tensor[]): Promise<number> => {
    const last = group.at(-1);
    const value = last === undefined ? Number.NaN : await firstElement(device, last);
    for (const x of group) x.dispose();
    return value;
  };
  return { run: (count) => inGroups(count, call, finish) };
};
