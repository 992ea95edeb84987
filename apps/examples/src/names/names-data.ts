import { readFile } from "node:fs/promises";
import { fromData, type Tensor } from "@adjoint/core";
import { type Key, permutation } from "@adjoint/core/random";
import { type CharTokenizer, trainCharTokenizer } from "@adjoint/tokenizers";

/** Names to learn from, names to judge by, and the characters they are made of. */
export type Names = {
  readonly train: readonly string[];
  readonly test: readonly string[];
  /** Token 0, written ".", stands before and after each name; the characters follow in alphabetical order. */
  readonly tokenizer: CharTokenizer;
  /** Tokens T of a row: the longest name and what ends it. */
  readonly blockSize: number;
};

/** Rows of tokens, and what follows each of them; -1 does not count. Both are int32 (N, T). */
export type NameRows = { readonly inputs: Tensor; readonly targets: Tensor };

const bundled = new URL("../../data/names/names.txt", import.meta.url);

/** The 32,033 names of makemore. */
export const readNames = async (): Promise<readonly string[]> =>
  (await readFile(bundled, "utf8")).split("\n").filter((name) => name !== "");

/** Splits names as makemore does: in random order, a tenth of them but at most 1,000 for the test. */
export const splitNames = async (names: readonly string[], of: Key): Promise<Names> => {
  const order = await permutation(of, names.length).data();
  const shuffled = Array.from(order, (i) => names[i] ?? "");
  const cut = names.length - Math.min(1000, Math.floor(names.length / 10));
  return {
    train: shuffled.slice(0, cut),
    test: shuffled.slice(cut),
    tokenizer: trainCharTokenizer(`.${names.join("")}`),
    blockSize: Math.max(...names.map((name) => name.length)) + 1,
  };
};

/** Names as rows: ".emma" is followed by "emma.", and nothing after that counts. */
export const nameRows = (
  names: readonly string[],
  { tokenizer, blockSize }: Pick<Names, "tokenizer" | "blockSize">,
): NameRows => {
  const inputs = new Int32Array(names.length * blockSize);
  const targets = new Int32Array(names.length * blockSize).fill(-1);
  for (const [row, name] of names.entries()) {
    const ids = tokenizer.encode(name);
    const first = row * blockSize;
    inputs.set(ids, first + 1);
    targets.set(ids, first);
    targets[first + ids.length] = 0;
  }
  const shape = [names.length, blockSize];
  return { inputs: fromData(inputs, shape), targets: fromData(targets, shape) };
};
