import { type AlignedText, sliceAligned } from "../text/aligned-text.ts";
import { characterTest } from "../text/character-test.ts";

const isSpace = characterTest("\\p{White_Space}"); // all of it is below U+10000

const startOfText = (text: string): number => {
  let start = 0;
  while (start < text.length && isSpace(text.charCodeAt(start))) start++;
  return start;
};

const endOfText = (text: string): number => {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  return end;
};

/** A text without white space at its ends. */
export const stripped = (source: AlignedText, left: boolean, right: boolean): AlignedText => {
  const { text, origin } = source;
  const start = left ? startOfText(text) : 0;
  const end = right ? endOfText(text) : text.length;
  if (start === 0 && end === text.length) return source;
  const kept = sliceAligned(source, start, Math.max(start, end));
  return kept.alignment === undefined ? kept : { ...kept, origin };
};
