import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { npmPackage } from "../downloads/npm-package.ts";

/** How good (up to 1) or bad (down to -1) words are by themselves. */
export type Lexicon = ReadonlyMap<string, number>;

/** Words and ratings from -4 to 4 in lines of `word, mean, deviation, ratings`, split by tabs. */
export const lexiconOf = (text: string): Lexicon =>
  new Map(
    text.split("\n").flatMap((line): [string, number][] => {
      const [word = "", mean = ""] = line.split("\t");
      const value = Number(mean);
      return /^[a-z][a-z'-]+$/.test(word) && mean !== "" && Number.isFinite(value)
        ? [[word, value / 4]]
        : [];
    }),
  );

/** The words of VADER's lexicon (Hutto and Gilbert 2014, from the npm package, Apache-2.0), each rated by ten people. */
export const readLexicon = async (): Promise<Lexicon> =>
  lexiconOf(
    await readFile(join(await npmPackage("vader-sentiment@1.1.3"), "vader_lexicon.txt"), "utf8"),
  );
