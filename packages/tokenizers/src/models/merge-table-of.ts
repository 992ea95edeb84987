import { TokenizerFormatError } from "../errors.ts";
import type { BpeSpec } from "../spec/model-spec.ts";
import { MergeTable } from "./merge-table.ts";

const unknownToken = (token: string, rank: number): TokenizerFormatError =>
  new TokenizerFormatError({
    operation: "BPE",
    rule: "both tokens of a merge and their join must be in the vocabulary",
    got: `${JSON.stringify(token.slice(0, 40))} at merge ${rank}`,
  });

/** The table of a list of merges. Throws TokenizerFormatError where the vocabulary lacks a token. */
const listedMerges = (
  { vocab, continuingSubwordPrefix: prefix }: BpeSpec,
  merges: readonly (readonly [string, string])[],
): MergeTable => {
  const table = new MergeTable(merges.length);
  const prefixLength = prefix?.length ?? 0;
  const idOf = (token: string, rank: number): number => {
    const id = vocab.get(token);
    if (id === undefined) throw unknownToken(token, rank);
    return id;
  };
  merges.forEach(([first, second], rank) => {
    const join = first + second.slice(prefixLength);
    table.set(idOf(first, rank), idOf(second, rank), rank, idOf(join, rank));
  });
  return table;
};

/** Merges as they are asked for: two tokens merge where their join is a token, and its id is the rank. */
const rankedMerges = (
  { vocab }: BpeSpec,
  idToToken: (id: number) => string | undefined,
): MergeTable =>
  new MergeTable(1 << 14, (first, second) => {
    const id = vocab.get((idToToken(first) ?? "") + (idToToken(second) ?? ""));
    return id === undefined ? undefined : { rank: id, id };
  });

/** The merges of a BPE model as a table. */
export const mergeTableOf = (
  spec: BpeSpec,
  idToToken: (id: number) => string | undefined,
): MergeTable =>
  spec.merges === "ranks" ? rankedMerges(spec, idToToken) : listedMerges(spec, spec.merges);
