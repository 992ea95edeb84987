import type { Task } from "../engine/engine.ts";
import { configNamed } from "../model/gpt.ts";
import type { GpuOptions } from "./options.ts";

/** The task that a configuration's name stands for: `small` is a training step, `small-forward` the loss alone. */
export const stepTask = ({
  config,
  size,
}: Pick<GpuOptions, "config" | "size">): Extract<Task, { kind: "train-step" }> => ({
  kind: "train-step",
  config: { ...configNamed(config.replace(/-forward$/, "")), ...size },
  part: config.endsWith("-forward") ? "loss" : "step",
});
