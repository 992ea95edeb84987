// Single kernels in Adjoint on WebGPU.
import type { Create } from "../engine/engine.ts";
import { kernelEngine } from "./kernels.ts";
import { useWebgpu } from "./webgpu-backend.ts";

export const create: Create = async (task) => {
  if (task.kind !== "kernel") throw new Error("kernels only");
  await useWebgpu();
  return kernelEngine(task.kernel);
};
