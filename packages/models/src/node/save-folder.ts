import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HostArray } from "@adjoint/core/backend";
import { configText } from "../pretrained/config-text.ts";
import { shardFiles, type ShardOptions } from "../pretrained/shards.ts";

/** Writes beside the target, then renames: readers see the old file or the new one, never a part. */
const writeWhole = async (path: string, bytes: Uint8Array): Promise<void> => {
  const draft = `${path}.${randomUUID()}.partial`;
  try {
    await writeFile(draft, bytes, { flush: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
};

/**
 * Writes a checkpoint that transformers loads: config.json and the arrays, in shards when they are large. Each file appears whole or not
 * at all, config.json last. Rejects with what the file system says.
 */
export const saveFolder = async (
  folder: string,
  config: Readonly<Record<string, unknown>>,
  arrays: ReadonlyMap<string, HostArray>,
  options: ShardOptions = {},
): Promise<void> => {
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of shardFiles(arrays, options))
    await writeWhole(join(folder, name), bytes);
  await writeWhole(join(folder, "config.json"), new TextEncoder().encode(configText(config)));
};
