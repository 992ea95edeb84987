import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tokenizerConfigToJson } from "../formats/config/config-to-json.ts";
import { tokenizerToJson } from "../formats/tokenizer-json/tokenizer-json.ts";
import type { TokenizerFolder } from "./load-tokenizer.ts";

/** A reader finds the old file or the new one, never half of one. */
const write = async (folder: string, name: string, text: string): Promise<void> => {
  const path = join(folder, name);
  const draft = `${path}.${randomUUID()}.partial`;
  try {
    await writeFile(draft, text, { flush: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
};

/**
 * Writes a tokenizer as `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json`, for `loadTokenizer` and for
 * Hugging Face's libraries. Rejects with the error of the file system.
 */
export const saveTokenizer = async (
  folder: string,
  { spec, config }: TokenizerFolder,
): Promise<void> => {
  const { tokenizerConfig, specialTokensMap } = tokenizerConfigToJson(config);
  await mkdir(folder, { recursive: true });
  await write(folder, "tokenizer.json", tokenizerToJson(spec));
  await write(folder, "tokenizer_config.json", tokenizerConfig);
  await write(folder, "special_tokens_map.json", specialTokensMap);
};
