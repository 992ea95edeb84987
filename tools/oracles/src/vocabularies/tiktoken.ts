import {
  tiktokenEncodings,
  type TiktokenName,
  tokenizerFromTiktoken,
  type TokenizerSpec,
} from "@adjoint/tokenizers";
import { textOf } from "../require.ts";
import { loaded } from "./loaded.ts";

/** The rank file of one of OpenAI's encodings, which gpt-tokenizer ships. */
export const rankFile = (name: TiktokenName): string =>
  textOf(`gpt-tokenizer/data/${name.replace("_edit", "_base")}.tiktoken`);

/** One of OpenAI's encodings. */
export const tiktokenSpec = (name: TiktokenName): TokenizerSpec =>
  loaded(tokenizerFromTiktoken(rankFile(name), tiktokenEncodings[name]));
