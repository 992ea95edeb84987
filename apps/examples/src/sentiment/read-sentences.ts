import { comparableText } from "@adjoint/data";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { npmPackage } from "../downloads/npm-package.ts";

/** A sentence of a review, and whether it praises. */
export type Sentence = {
  readonly text: string;
  /** 1 for praise, 0 for complaint. */
  readonly label: 0 | 1;
  readonly source: string;
};

/** Sentences of a file's rows `{ text, class }`; rows without a class are no sentences. */
export const sentencesOf = (rows: unknown, source: string): readonly Sentence[] => {
  if (!Array.isArray(rows)) throw new Error(`${source} must hold a list`);
  return rows.flatMap((row: unknown): Sentence[] => {
    if (typeof row !== "object" || row === null || !("text" in row) || !("class" in row)) return [];
    const { text, class: label } = row;
    return typeof text === "string" && (label === 0 || label === 1)
      ? [{ text: text.trim(), label, source }]
      : [];
  });
};

/** The first of every group of sentences that differ in case, punctuation and spaces only, so that none is learned and tested. */
export const distinct = (sentences: readonly Sentence[]): readonly Sentence[] => {
  const seen = new Set<string>();
  return sentences.filter(({ text }) => {
    const comparable = comparableText(text);
    return seen.size < seen.add(comparable).size;
  });
};

/**
 * The 3,000 sentences of film, product and restaurant reviews known as "Sentiment Labelled Sentences" (Kotzias et al. 2015,
 * UCI repository, CC BY 4.0), without duplicates, from the tests of the npm package `sentiment`.
 */
export const readSentences = async (): Promise<readonly Sentence[]> => {
  const folder = join(await npmPackage("sentiment@5.0.2"), "test", "fixtures");
  const all = ["imdb", "amazon", "yelp"].map(async (source) => {
    const rows: unknown = JSON.parse(await readFile(join(folder, `${source}.json`), "utf8"));
    return sentencesOf(rows, source);
  });
  return distinct((await Promise.all(all)).flat());
};
