import { lengthOf, splitLines } from "../internal/measures.ts";
import type { EditRule, KeepRule, Rule } from "./rule.ts";
import { countSentences } from "./words.ts";

/** Settings of `c4Quality`. */
export type C4QualityOptions = {
  /** Lines with fewer words, by white space, go; default 3. */
  readonly minWordsPerLine?: number;
  /** Lines with a longer word go; default 1000 characters. */
  readonly maxWordLength?: number;
  /** Texts with fewer sentences go; default 5. */
  readonly minSentences?: number;
  /** Marks that a line must end with; default full stop, question and exclamation mark and quotes. An ellipsis never does. */
  readonly endMarks?: readonly string[];
  /** Lines with one of these phrases go; default those of terms of use, privacy and cookies. */
  readonly policyPhrases?: readonly string[];
  /** Whether "[1]", "[edit]" and "[citation needed]" are cut out; default true. */
  readonly removeCitations?: boolean;
  /** Default `countSentences`. */
  readonly sentences?: (text: string) => number;
};

const END_MARKS = [".", "?", "!", '"', "'"];

const POLICY_PHRASES = [
  "terms of use",
  "privacy policy",
  "cookie policy",
  "uses cookies",
  "use of cookies",
  "use cookies",
];

const CITATION = /\[\d*\]|\[edit\]|\[citation needed\]/g;

/** A rule that keeps the lines that pass, trimmed. */
const keepLines = (name: string, passes: (line: string) => boolean): EditRule => ({
  name,
  edit: (text) =>
    splitLines(text)
      .map((line) => line.trim())
      .filter(passes)
      .join("\n"),
});

const rejectPhrase = (name: string, phrase: string): KeepRule => ({
  name,
  keep: (text) => !text.toLowerCase().includes(phrase),
});

const wordsOf = (line: string): readonly string[] => line.match(/\S+/gu) ?? [];

/**
 * The rules of the Colossal Clean Crawled Corpus, each a rule of its own; together they keep and write what datatrove's filter does. Lines
 * go that have an endless word, few words, no end mark, "javascript" or a policy phrase; texts go that have "lorem ipsum", a curly
 * bracket or too few sentences. The word list of the original is `rejectWords`.
 * @see https://jmlr.org/papers/v21/20-074.html (section 2.2)
 */
export const c4Quality = (options: C4QualityOptions = {}): readonly Rule[] => {
  const {
    minWordsPerLine = 3,
    maxWordLength = 1000,
    minSentences = 5,
    endMarks = END_MARKS,
  } = options;
  const {
    policyPhrases = POLICY_PHRASES,
    removeCitations = true,
    sentences = countSentences,
  } = options;
  const ends = (line: string): boolean =>
    endMarks.some((mark) => line.endsWith(mark)) && !line.endsWith("...");
  const isPolicy = (line: string): boolean => {
    const lower = line.toLowerCase();
    return policyPhrases.some((phrase) => lower.includes(phrase));
  };
  const enough = (text: string): boolean =>
    splitLines(text).reduce((sum, line) => sum + sentences(line), 0) >= minSentences;
  const citations: EditRule = { name: "c4-citations", edit: (text) => text.replace(CITATION, "") };
  return [
    keepLines("c4-long-words", (line) =>
      wordsOf(line).every((word) => lengthOf(word) <= maxWordLength),
    ),
    keepLines("c4-short-lines", (line) => wordsOf(line).length >= minWordsPerLine),
    ...(removeCitations ? [citations] : []),
    keepLines("c4-end-marks", ends),
    rejectPhrase("c4-lorem-ipsum", "lorem ipsum"),
    keepLines("c4-javascript", (line) => !line.toLowerCase().includes("javascript")),
    rejectPhrase("c4-curly-bracket", "{"),
    keepLines("c4-policy", (line) => !isPolicy(line)),
    { name: "c4-few-sentences", keep: enough },
  ];
};
