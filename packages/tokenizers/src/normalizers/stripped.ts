import { type AlignedText, sliceAligned } from "../text/aligned-text.ts";

const leading = /^\p{White_Space}+/u;
const isSpace = /\p{White_Space}/u;

const endOfText = (text: string): number => {
  let end = text.length;
  while (end > 0 && isSpace.test(text.charAt(end - 1))) end--;
  return end;
};

/** A text without white space at its ends. */
export const stripped = (source: AlignedText, left: boolean, right: boolean): AlignedText => {
  const { text, origin } = source;
  const start = left ? (leading.exec(text)?.[0].length ?? 0) : 0;
  const end = right ? endOfText(text) : text.length;
  if (start === 0 && end === text.length) return source;
  const kept = sliceAligned(source, start, Math.max(start, end));
  return kept.alignment === undefined ? kept : { ...kept, origin };
};
