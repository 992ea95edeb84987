import type { Vocab } from "../spec/model-spec.ts";
import type { Merge } from "./merges.ts";

type Split = readonly [first: string, firstId: number, second: string, secondId: number];

const splitsOf = (token: string, vocab: Vocab): readonly Merge[] => {
  const splits: Split[] = [];
  for (let cut = 1; cut < token.length; cut++) {
    const first = token.slice(0, cut);
    const firstId = vocab.get(first);
    if (firstId === undefined) continue;
    const second = token.slice(cut);
    const secondId = vocab.get(second);
    if (secondId !== undefined) splits.push([first, firstId, second, secondId]);
  }
  return splits
    .toSorted((a, b) => a[1] - b[1] || a[3] - b[3])
    .map(([first, , second]) => [first, second]);
};

/**
 * The merges that a vocabulary by rank (tiktoken's) stands for, in the order of rank: every pair of tokens whose join is
 * a token, pairs of the same join by the ranks of their parts. Source: TikTokenConverter in
 * https://github.com/huggingface/transformers/blob/main/src/transformers/convert_slow_tokenizer.py
 */
export const mergesOfRanks = (vocab: Vocab): readonly Merge[] =>
  Array.from(vocab)
    .toSorted((a, b) => a[1] - b[1])
    .flatMap(([token]) => splitsOf(token, vocab));
