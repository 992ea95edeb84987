import type { TokenizerSpec } from "@adjoint/tokenizers";
import { defaultOf } from "../require.ts";
import { llamaLike, type Pieces } from "./llama.ts";

/** Mistral 7B v0.1, whose vocabulary mistral-tokenizer-js ships. */
export const mistral = (): TokenizerSpec => llamaLike(defaultOf("mistral-tokenizer-js") as Pieces);
