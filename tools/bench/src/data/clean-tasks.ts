import {
  applyRules,
  c4Quality,
  collect,
  fromArray,
  gopherQuality,
  gopherRepetition,
  nearDuplicates,
  normalizeText,
  pipe,
  redactRule,
  repairMojibake,
  withoutDuplicates,
} from "@adjoint/data";
import { megabytes } from "../tokenizers/texts.ts";
import type { Inputs } from "./inputs.ts";
import type { Task, Work } from "./task.ts";

const rules = [
  { name: "unicode", edit: (text: string) => normalizeText(text) },
  ...gopherQuality({ minWords: 10 }),
  ...gopherRepetition(),
  ...c4Quality({ minSentences: 1 }),
  redactRule(),
];

const lengthOf = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + text.length, 0);

/** Repair of misread texts, quality rules, and near-duplicates by MinHash. */
export const cleanTasks = ({ texts, paths }: Inputs): readonly Task[] => [
  {
    name: "mojibake",
    megabytes: megabytes(texts),
    engines: new Map<string, Work>([["adjoint", () => lengthOf(texts.map(repairMojibake))]]),
    python: { path: paths.jsonl, engine: "ftfy" },
  },
  {
    name: "clean",
    megabytes: megabytes(texts),
    engines: new Map<string, Work>([
      ["adjoint", () => texts.filter((text) => applyRules(text, rules).kept).length],
    ]),
  },
  {
    name: "near-duplicates",
    megabytes: megabytes(texts),
    engines: new Map<string, Work>([
      [
        "adjoint",
        async () => {
          const kept = pipe(
            fromArray(texts),
            withoutDuplicates(nearDuplicates({ verify: "band" })),
          );
          return (await collect(kept)).length;
        },
      ],
    ]),
    python: { path: paths.jsonl, engine: "datasketch" },
  },
];
