// One GPT training step in Adjoint on WebGPU.
import type { Create } from "../engine/engine.ts";
import { trainingEngine } from "./training-engine.ts";
import { useWebgpu } from "./webgpu-backend.ts";

export const create: Create = async (task) => {
  if (task.kind !== "train-step") throw new Error("train-step only");
  await useWebgpu();
  return trainingEngine({ ...task, fused: true });
};
