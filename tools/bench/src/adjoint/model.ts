// Loss and training step of the models of @adjoint/models.
import type { Create } from "../engine/engine.ts";
import { useBackend } from "./backend.ts";
import { learnables } from "./models/learnables.ts";

export const create: Create = async (task, variant) => {
  if (task.kind !== "model") throw new Error("model only");
  await useBackend(variant);
  return learnables[task.case.model](task.case)(task.part);
};
