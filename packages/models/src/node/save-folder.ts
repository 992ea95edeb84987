import { join } from "node:path";
import type { HostArray } from "@adjoint/core/backend";
import { writeAtomically } from "@adjoint/core/node";
import { configText } from "../pretrained/config-text.ts";
import { shardFiles, type ShardOptions } from "../pretrained/shards.ts";

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
  for (const [name, bytes] of shardFiles(arrays, options))
    await writeAtomically(join(folder, name), bytes);
  await writeAtomically(join(folder, "config.json"), new TextEncoder().encode(configText(config)));
};
