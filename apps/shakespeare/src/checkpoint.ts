import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { GptParams } from "@adjoint/nn";
import type { TrainState } from "@adjoint/recipes";
import { loadCheckpoint, saveCheckpoint } from "@adjoint/recipes/node";
import { messageOf, RunError } from "./errors.ts";

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

const short = (text: string | undefined): string =>
  text === undefined ? "nothing" : text.length > 40 ? `${text.slice(0, 37)}...` : text;

/** In which settings two runs differ, in words. */
export const changes = (then: RunIdentity, now: RunIdentity): string =>
  Object.keys({ ...now, ...then })
    .filter((key) => then[key] !== now[key])
    .map((key) => `${key} ${short(then[key])}, now ${short(now[key])}`)
    .join("; ");

/** Loads a run to go on with; throws RunError when there is none, or when it was started differently. */
export const loadRun = async (
  out: string,
  like: TrainState<GptParams>,
  identity: RunIdentity,
): Promise<TrainState<GptParams>> => {
  const path = checkpointPath(out);
  if (!existsSync(path))
    throw new RunError(`nothing to resume: there is no ${path}; start without --resume`);
  const { state, metadata } = await loadCheckpoint(path, like);
  const changed = changes(metadata, identity);
  if (changed === "") return state;
  throw new RunError(`cannot resume ${path} with other settings: it was made with ${changed}`);
};

/** Moves an earlier run's checkpoint out of the way, so that a new run does not overwrite it; gives its new place. */
export const keepEarlierRun = async (out: string): Promise<string | undefined> => {
  const path = checkpointPath(out);
  if (!existsSync(path)) return undefined;
  const kept = join(out, `checkpoint-${new Date().toISOString().replaceAll(":", "-")}.safetensors`);
  await rename(path, kept).catch((error: unknown) => {
    throw new RunError(`cannot keep ${path}: ${messageOf(error)}`);
  });
  return kept;
};
