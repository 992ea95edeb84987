import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type CharTokenizer, trainCharTokenizer } from "@adjoint/tokenizers";
import { messageOf, RunError } from "./errors.ts";
import { windows } from "./setup.ts";

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

const readText = async (path: string): Promise<string> => {
  const bytes = await readFile(path === "" ? bundled : path).catch((error: unknown) => {
    throw new RunError(`cannot read the text: ${messageOf(error)}`);
  });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new RunError(`cannot read the text: ${path} is not UTF-8`);
  }
};

/** Splits a text at 90 %; throws RunError for one that cannot be learned from. */
export const splitText = (text: string, name: string): Corpus => {
  // a window and its target to train on, one character and its target to validate on
  const least = Math.ceil((windows.blockSize + 1) / 0.9);
  const length = [...text.slice(0, 4 * least)].length;
  if (length < least)
    throw new RunError(`${name} has ${length} characters; training needs at least ${least}`);
  const tokenizer = trainCharTokenizer(text);
  if (tokenizer.vocabSize < 2)
    throw new RunError(`every character of ${name} is the same: there is nothing to learn`);
  const tokens = tokenizer.encode(text);
  const cut = Math.floor(tokens.length * 0.9);
  return {
    tokenizer,
    train: tokens.slice(0, cut),
    validation: tokens.slice(cut),
    digest: createHash("sha256").update(text).digest("hex"),
  };
};

/** Reads a text (the bundled one when `path` is empty), one token per character; throws RunError. */
export const loadCorpus = async (path: string): Promise<Corpus> =>
  splitText(await readText(path), path);
