import { characterTest, codeAt, widthOf } from "../text/character-test.ts";

/** What may hold on to its neighbours: marks, joiners and the like, jamo, flags, and letters that go before. */
const sticky = characterTest(
  "\\p{M}\\p{Cf}\\p{Grapheme_Extend}\\u0d4e\\u1100-\\u11ff\\ua960-\\ua97f\\ud7b0-\\ud7ff\\u{110bd}-\\u{110cd}\\u{111c2}\\u{111c3}\\u{1193f}\\u{11941}\\u{11a3a}-\\u{11a89}\\u{11d46}\\u{1f1e6}-\\u{1f1ff}\\u{1f3fb}-\\u{1f3ff}",
);

const isSticky = (code: number): boolean => code > 0xa0 && sticky(code);

const isLineEnd = (code: number): boolean => code === 0x0a || code === 0x0d;

/** A part of a text whose characters stand alone, or (not loose) one where they may hold together. */
export type Region = { readonly text: string; readonly isLoose: boolean };

/** Whether the character at `index` may hold on to its neighbours; nothing holds on across an end. */
const sticksAt = (text: string, index: number): boolean =>
  index < text.length && isSticky(codeAt(text, index));

const endOfLoose = (text: string, start: number): number => {
  let end = start;
  while (end < text.length) {
    const code = codeAt(text, end);
    const next = end + widthOf(code);
    if (isLineEnd(code) || isSticky(code) || sticksAt(text, next)) break;
    end = next;
  }
  return end;
};

/** Goes on to where two characters meet that do not stick, or to the end of a line. */
const endOfSticky = (text: string, start: number): number => {
  let end = start;
  let stuck = true;
  while (end < text.length) {
    const code = codeAt(text, end);
    const sticks = isSticky(code);
    if (isLineEnd(code) || (!sticks && !stuck)) break;
    stuck = sticks;
    end += widthOf(code);
  }
  return end;
};

/** The regions of a text, in order; together they are the text. The end of a line (CR, LF or both) is one by itself. */
export const regions = function* (text: string): Generator<Region> {
  for (let start = 0; start < text.length;) {
    const isEnd = isLineEnd(codeAt(text, start));
    const looseEnd = isEnd
      ? start + (text.startsWith("\r\n", start) ? 2 : 1)
      : endOfLoose(text, start);
    const isLoose = looseEnd > start;
    const end = isLoose ? looseEnd : endOfSticky(text, start);
    yield { text: text.slice(start, end), isLoose };
    start = end;
  }
};

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** User-perceived characters of a region that is not loose. */
export const graphemes = (text: string): readonly string[] =>
  text.length === widthOf(codeAt(text, 0))
    ? [text]
    : Array.from(segmenter.segment(text), ({ segment }) => segment);
