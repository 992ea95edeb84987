import { readFile } from "node:fs/promises";
import { type CharTokenizer, trainCharTokenizer } from "@adjoint/tokenizers";

/** A text as characters' numbers: nine tenths to learn from, the rest to judge by. */
export type Corpus = {
  readonly tokenizer: CharTokenizer;
  readonly train: Int32Array;
  readonly validation: Int32Array;
};

/** A text as a corpus. */
export const corpusOf = (text: string): Corpus => {
  const tokenizer = trainCharTokenizer(text);
  const tokens = tokenizer.encode(text);
  const cut = Math.floor(0.9 * tokens.length);
  return { tokenizer, train: tokens.slice(0, cut), validation: tokens.slice(cut) };
};

/** Tiny Shakespeare, which lies beside the app that trains a GPT on it. */
export const readShakespeare = async (): Promise<Corpus> => {
  const path = new URL("../../../shakespeare/data/tinyshakespeare.txt", import.meta.url);
  return corpusOf(await readFile(path, "utf8"));
};
