import type { Encoding } from "../encoding.ts";
import { isInsidePair } from "../text/aligned-text.ts";
import { byteCharacters } from "../text/byte-alphabet.ts";
import { characterTest } from "../text/character-test.ts";
import { widthAt } from "../text/rewriter.ts";

const isBlank = characterTest(`${byteCharacters[0x20] ?? ""}\\p{White_Space}`);

const leadingBlanks = (token: string): number => {
  let at = 0;
  while (at < token.length && isBlank(token.charCodeAt(at))) at++;
  return at;
};

const trailingBlanks = (token: string): number => {
  let at = token.length;
  while (at > 0 && isBlank(token.charCodeAt(at - 1))) at--;
  return token.length - at;
};

/** The place `count` characters on from `at`, at most at `end`. */
const forward = (text: string, at: number, count: number, end: number): number => {
  let place = at;
  for (let step = 0; step < count && place < end; step++) place += widthAt(text, place);
  return Math.min(place, end);
};

/** The place `count` characters back from `at`, at least at `start`. */
const back = (text: string, at: number, count: number, start: number): number => {
  let place = at;
  for (let step = 0; step < count && place > start; step++)
    place -= isInsidePair(text, place - 1) ? 2 : 1;
  return Math.max(place, start);
};

/** Offsets without the white space that tokens begin or end with, but for a space that was added in front of the text. */
export const trimOffsets = (
  encoding: Encoding,
  addPrefixSpace: boolean,
  text: string,
): Encoding => {
  const offsets = encoding.offsets.slice();
  encoding.tokens.forEach((token, index) => {
    let [start = 0, end = 0] = offsets.subarray(2 * index, 2 * index + 2);
    const before = leadingBlanks(token);
    const isAdded = addPrefixSpace && before === 1 && (index === 0 || start === 0);
    if (!isAdded) start = forward(text, start, before, end);
    end = back(text, end, trailingBlanks(token), start);
    offsets[2 * index] = start;
    offsets[2 * index + 1] = end;
  });
  const overflowing = encoding.overflowing.map((window) =>
    trimOffsets(window, addPrefixSpace, text),
  );
  return { ...encoding, offsets, overflowing };
};
