import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Either, left, right } from "@adjoint/core/either";
import { PretrainedError } from "../pretrained/pretrained-error.ts";
import { openWeights } from "../pretrained/safetensors-weights.ts";
import type { WeightSource } from "../pretrained/weight-source.ts";
import { fileRanges } from "./file-ranges.ts";

/** A checkpoint on the disk: its parsed config.json, and its arrays, which are read when they are asked for. */
export type Folder = { readonly config: unknown; readonly weights: WeightSource };

const readConfig = async (folder: string): Promise<Either<PretrainedError, unknown>> => {
  try {
    return right(JSON.parse(await readFile(join(folder, "config.json"), "utf8")));
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    return left(
      new PretrainedError(
        "openFolder",
        "a checkpoint must have a config.json",
        [`config.json: ${said}`],
        { cause },
      ),
    );
  }
};

/**
 * Opens a folder as `save_pretrained` of transformers writes it, shards too; the configuration goes to `configFromJson` of a family,
 * the weights to `loadParams`.
 */
export const openFolder = async (folder: string): Promise<Either<PretrainedError, Folder>> => {
  const config = await readConfig(folder);
  if (config._tag === "Left") return config;
  const weights = await openWeights((name) => fileRanges(join(folder, name)));
  return weights._tag === "Left"
    ? weights
    : right({ config: config.right, weights: weights.right });
};
