import type { TokenizerSpec } from "@adjoint/tokenizers";
import { bert } from "./bert.ts";
import { gpt2 } from "./gpt2.ts";
import { llama2 } from "./llama2.ts";
import { llama3 } from "./llama3.ts";
import { mistral } from "./mistral.ts";
import { qwen3 } from "./qwen3.ts";
import { tiktokenSpec } from "./tiktoken.ts";

/** The tokenizers whose vocabularies are installed. */
export type VocabularyName =
  | "gpt2"
  | "cl100k"
  | "o200k"
  | "llama2"
  | "llama3"
  | "mistral"
  | "qwen3"
  | "bert";

/** Makes each of them; big ones take a second. */
export const vocabularies: { readonly [name in VocabularyName]: () => TokenizerSpec } = {
  gpt2,
  cl100k: () => tiktokenSpec("cl100k_base"),
  o200k: () => tiktokenSpec("o200k_base"),
  llama2,
  llama3,
  mistral,
  qwen3,
  bert,
};
