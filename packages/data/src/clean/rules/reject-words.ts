import type { KeepRule } from "./rule.ts";

/** Settings of `rejectWords`. */
export type RejectWordsOptions = {
  /** What reports call the rule; default "bad-words". */
  readonly name?: string;
  /** How many times listed words may occur; default 0. */
  readonly max?: number;
  /** Whether an entry counts inside longer words too, as it must where a script has no spaces; default false. */
  readonly inside?: boolean;
};

const WORD = /[\p{L}\p{M}\p{N}_]+/gu;

/** Counts entries that are sequences of whole words: a table by first word, so time does not grow with the list. */
const wholeWords = (entries: readonly string[]): ((text: string) => number) => {
  const byFirst = new Map<string, (readonly string[])[]>();
  for (const entry of entries) {
    const words = entry.toLowerCase().match(WORD) ?? [];
    const [first] = words;
    if (first === undefined) continue;
    const known = byFirst.get(first);
    if (known === undefined) byFirst.set(first, [words]);
    else known.push(words);
  }
  return (text) => {
    const words = text.toLowerCase().match(WORD) ?? [];
    let count = 0;
    words.forEach((word, i) => {
      const fits = byFirst
        .get(word)
        ?.some((entry) => entry.every((part, k) => words[i + k] === part));
      if (fits === true) count++;
    });
    return count;
  };
};

const anywhere =
  (entries: readonly string[]) =>
  (text: string): number => {
    const lower = text.toLowerCase();
    const used = entries.filter((entry) => entry !== "");
    return used.reduce((sum, entry) => sum + lower.split(entry.toLowerCase()).length - 1, 0);
  };

/**
 * A rule that takes out texts with words of a list (profanity, names, anything): the list is yours, none is shipped. Case does not count,
 * and an entry of several words must occur with those words in a row.
 */
export const rejectWords = (
  entries: readonly string[],
  options: RejectWordsOptions = {},
): KeepRule => {
  const { name = "bad-words", max = 0, inside = false } = options;
  const count = (inside ? anywhere : wholeWords)(entries);
  return { name, keep: (text) => count(text) <= max };
};
