import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { GptParams } from "@adjoint/nn";
import type { TrainState } from "@adjoint/recipes";
import { loadCheckpoint, saveCheckpoint } from "@adjoint/recipes/node";
import { UsageError } from "./options.ts";

/** What must be the same for a run to go on: text, model, seed and number of iterations. */
export type RunIdentity = Readonly<Record<string, string>>;

/** Where the checkpoint of a run lies. */
export const checkpointPath = (out: string): string => join(out, "checkpoint.safetensors");

/** Saves a run. */
export const saveRun = (
  out: string,
  state: TrainState<GptParams>,
  identity: RunIdentity,
): Promise<void> => saveCheckpoint(checkpointPath(out), state, identity);

/** Loads a run to go on with; throws UsageError when there is none, or when it was started differently. */
export const loadRun = async (
  out: string,
  like: TrainState<GptParams>,
  identity: RunIdentity,
): Promise<TrainState<GptParams>> => {
  const path = checkpointPath(out);
  if (!existsSync(path))
    throw new UsageError(`nothing to resume: ${path} does not exist; start without --resume`);
  const { state, metadata } = await loadCheckpoint(path, like);
  const changed = Object.keys(identity).filter((key) => metadata[key] !== identity[key]);
  if (changed.length > 0)
    throw new UsageError(
      `${path} was made with another ${changed.join(", ")} (${changed.map((k) => `${metadata[k]} then, ${identity[k]} now`).join("; ")})`,
    );
  return state;
};

/** Moves an earlier run's checkpoint out of the way, so that a new run does not overwrite it; gives its new place. */
export const keepEarlierRun = async (out: string): Promise<string | undefined> => {
  const path = checkpointPath(out);
  if (!existsSync(path)) return undefined;
  const kept = join(out, `checkpoint-${new Date().toISOString().replaceAll(":", "-")}.safetensors`);
  await rename(path, kept);
  return kept;
};
