import { characterTest, codeAt, widthOf } from "../text/character-test.ts";
import { newerThanUnicode9 } from "../text/newer-characters.ts";

/** A part of a text that normalizes by itself; frozen ones stay as they are. */
export type NormalizationPart = { readonly text: string; readonly isFrozen: boolean };

/** What may join the character before it, in any form: marks, vowel and final jamo, and their narrow forms. */
const joins = characterTest("\\p{M}\\u1160-\\u11ff\\u3131-\\u318e\\uff9e-\\uffdc");

/** Characters that the original does not know. */
const isNew = characterTest(newerThanUnicode9);

const isAscii = (code: number): boolean => code < 0x80;

/** The end of the run from `at` on of characters that pass. */
const endOfRun = (text: string, at: number, passes: (code: number) => boolean): number => {
  let end = at;
  while (end < text.length) {
    const code = codeAt(text, end);
    if (!passes(code)) break;
    end += widthOf(code);
  }
  return end;
};

const endOfPart = (text: string, start: number): number => {
  const code = codeAt(text, start);
  const end = isAscii(code) ? endOfRun(text, start, isAscii) : start + widthOf(code);
  const joined = endOfRun(text, end, (next) => joins(next) && !isNew(next));
  // what joins goes with one character only
  return joined > end && end - start > 1 && isAscii(code) ? end - 1 : joined;
};

/** The parts of a text, in order; together they are the text. */
export const parts = function* (text: string): Generator<NormalizationPart> {
  for (let start = 0; start < text.length;) {
    const isFrozen = isNew(codeAt(text, start));
    const end = isFrozen ? endOfRun(text, start, isNew) : endOfPart(text, start);
    yield { text: text.slice(start, end), isFrozen };
    start = end;
  }
};
