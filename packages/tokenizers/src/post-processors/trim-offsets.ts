import type { Encoding } from "../encoding.ts";
import { byteCharacters } from "../text/byte-alphabet.ts";

const blank = `[${byteCharacters[0x20] ?? ""}\\p{White_Space}]`;
const leading = new RegExp(`^${blank}+`, "u");
const isBlank = new RegExp(blank, "u");

const trailingBlanks = (token: string): number => {
  let at = token.length;
  while (at > 0 && isBlank.test(token.charAt(at - 1))) at--;
  return token.length - at;
};

/** Offsets without the white space that tokens begin or end with, but for a space that was added in front of the text. */
export const trimOffsets = (encoding: Encoding, addPrefixSpace: boolean): Encoding => {
  const offsets = encoding.offsets.slice();
  encoding.tokens.forEach((token, index) => {
    let [start = 0, end = 0] = [offsets[2 * index], offsets[2 * index + 1]];
    const before = leading.exec(token)?.[0].length ?? 0;
    const isAdded = addPrefixSpace && before === 1 && (index === 0 || start === 0);
    if (!isAdded) start = Math.min(start + before, end);
    const after = trailingBlanks(token);
    if (after > 0 && end >= after) end = Math.max(end - after, start);
    offsets[2 * index] = start;
    offsets[2 * index + 1] = end;
  });
  const overflowing = encoding.overflowing.map((window) => trimOffsets(window, addPrefixSpace));
  return { ...encoding, offsets, overflowing };
};
