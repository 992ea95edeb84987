import type { TokenizerSpec } from "@adjoint/tokenizers";
import { defaultOf } from "../require.ts";
import { llamaLike, type Pieces } from "./llama.ts";

/** Llama 2, whose vocabulary llama-tokenizer-js ships. */
export const llama2 = (): TokenizerSpec => llamaLike(defaultOf("llama-tokenizer-js") as Pieces);
