import type { TokenizerSpec } from "@adjoint/tokenizers";
import mistralTokenizer from "mistral-tokenizer-js";
import { llamaLike } from "./llama.ts";

/** Mistral 7B v0.1, whose vocabulary mistral-tokenizer-js ships. */
export const mistral = (): TokenizerSpec => llamaLike(mistralTokenizer);
