import type { TokenizerSpec } from "@adjoint/tokenizers";
import llamaTokenizer from "llama-tokenizer-js";
import { llamaLike } from "./llama.ts";

/** Llama 2, whose vocabulary llama-tokenizer-js ships. */
export const llama2 = (): TokenizerSpec => llamaLike(llamaTokenizer);
