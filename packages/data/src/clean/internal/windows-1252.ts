// What windows-1252 makes of the bytes 0x80 to 0x9f (WHATWG Encoding, index-windows-1252); five of them stay control characters.
const SPECIALS =
  "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f" +
  "\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";

const specials = new Map(
  Array.from(SPECIALS, (character, i) => [character.charCodeAt(0), 0x80 + i]),
);

/** The byte that windows-1252 or Latin-1 reads as this code unit; -1 for none. */
export const byteOf = (unit: number): number => (unit < 0x100 ? unit : (specials.get(unit) ?? -1));
