import { readFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { type CharTokenizer, trainCharTokenizer } from "@adjoint/tokenizers";

/** Text as tokens, with what turned it into them. */
export type Corpus = {
  readonly tokenizer: CharTokenizer;
  /** First 90 % of the tokens. */
  readonly train: Int32Array;
  /** The rest. */
  readonly validation: Int32Array;
  /** SHA-256 of the text, to tell whether a checkpoint belongs to it. */
  readonly digest: string;
};

const bundled = new URL("../data/tinyshakespeare.txt", import.meta.url);

/** Reads a text (the bundled one when `path` is empty), one token per character. */
export const loadCorpus = async (path: string): Promise<Corpus> => {
  const text = await readFile(path === "" ? bundled : path, "utf8");
  const tokenizer = trainCharTokenizer(text);
  const tokens = tokenizer.encode(text);
  const cut = Math.floor(tokens.length * 0.9);
  return {
    tokenizer,
    train: tokens.slice(0, cut),
    validation: tokens.slice(cut),
    digest: createHash("sha256").update(text).digest("hex"),
  };
};
