import { join } from "node:path";
import { writeAtomically } from "@adjoint/core/node";
import { tokenizerConfigToJson } from "../formats/config/config-to-json.ts";
import { tokenizerToJson } from "../formats/tokenizer-json/tokenizer-json.ts";
import type { TokenizerFolder } from "./load-tokenizer.ts";

const write = (folder: string, name: string, text: string): Promise<void> =>
  writeAtomically(join(folder, name), new TextEncoder().encode(text));

/**
 * Writes a tokenizer as `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json`, for `loadTokenizer` and for
 * Hugging Face's libraries. Rejects with the error of the file system.
 */
export const saveTokenizer = async (
  folder: string,
  { spec, config }: TokenizerFolder,
): Promise<void> => {
  const { tokenizerConfig, specialTokensMap } = tokenizerConfigToJson(config);
  await write(folder, "tokenizer.json", tokenizerToJson(spec));
  await write(folder, "tokenizer_config.json", tokenizerConfig);
  await write(folder, "special_tokens_map.json", specialTokensMap);
};
