import { readFile } from "node:fs/promises";
import { fromData, type Tensor } from "@adjoint/core";
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

/** Names with what is known of all of them. */
export const namesOf = (train: readonly string[], test: readonly string[]): Names => {
  const all = [...train, ...test];
  return {
    train,
    test,
    tokenizer: trainCharTokenizer(`.${all.join("")}`),
    blockSize: Math.max(...all.map((name) => name.length)) + 1,
  };
};

const linesOf = async (file: string): Promise<readonly string[]> => {
  const url = new URL(`../../data/names/${file}`, import.meta.url);
  return (await readFile(url, "utf8")).split("\n").filter((line) => line !== "");
};

/** The items without those of another list; of several that are equal as many go as that list has. */
export const without = (items: readonly string[], others: readonly string[]): readonly string[] => {
  const left = new Map<string, number>();
  for (const other of others) left.set(other, (left.get(other) ?? 0) + 1);
  return items.filter((item) => {
    const count = left.get(item) ?? 0;
    if (count > 0) left.set(item, count - 1);
    return count === 0;
  });
};

/** The 32,033 names of makemore; the 1,000 for the test are those that makemore keeps, with its own seed. */
export const readNames = async (): Promise<Names> => {
  const test = await linesOf("test.txt");
  return namesOf(without(await linesOf("names.txt"), test), test);
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
