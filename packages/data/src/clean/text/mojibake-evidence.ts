import type { Misread } from "./repair-mojibake.ts";

// What real text puts after a letter: closing quotes, dashes, an ellipsis, ordinal signs, footnote signs, "m²", "5 Å±0.2", and the letters
// of windows-1252 (Czech "vidíš…"). These are no evidence by themselves. What is left of the continuation bytes is: "é" is not followed
// by "¢", "¨", "¿" or a control character.
const UNNATURAL = /[\u0080-\u0084\u0086-\u009f¡¢£¤¥¦§¨©«¬¯µ¶¸¼½¾¿€ƒˆ‰‹˜]/;

/** "2×½", "3×£20", "Ø½": signs that stand before prices and fractions. */
const BEFORE_NUMBERS = /^[×Ø][¢£¤¥¼½¾€‰]$/;

/** "É¿" would be a letter of phonetic notation, "È€" one of nobody's. */
const isRareLatin = (meaning: string): boolean =>
  meaning >= "\u0200" && meaning <= "\u02ff" && !/[ȘșȚț]/.test(meaning);

/** "MÄ£ÄM": currency signs for letters among capitals. */
const isShouted = (text: string, { start, end }: Misread): boolean =>
  /[¢£¤¥€]/.test(text.slice(start + 1, end)) &&
  (/\p{Lu}/u.test(text.charAt(start - 1)) || /\p{Lu}/u.test(text.charAt(end)));

const isUnnatural = (text: string, misread: Misread): boolean => {
  const characters = text.slice(misread.start, misread.end);
  if (!UNNATURAL.test(characters.slice(1))) return false;
  if (characters.length > 2) return true;
  return (
    !BEFORE_NUMBERS.test(characters) && !isRareLatin(misread.character) && !isShouted(text, misread)
  );
};

const isLowerCase = (character: string): boolean => /\p{Ll}/u.test(character);

const fitsLatin = (character: string): boolean =>
  !/\p{L}/u.test(character) || /\p{Script=Latin}/u.test(character);

/** "dÃ»": a capital in the middle of a word and a sign after it, which means a letter that fits the word. */
const isCapitalInside = (before: string, characters: string, meaning: string): boolean =>
  isLowerCase(before) && /^\p{Lu}/u.test(characters) && fitsLatin(meaning);

/** "Ãªtre", "á»‡n": signs between letters that mean one more letter. */
const isInsideWord = (characters: string, meaning: string, after: string): boolean =>
  isLowerCase(after) &&
  fitsLatin(meaning) &&
  (characters.length > 2 || /^[ÂÃ][ª²³¹º®»·]$/.test(characters));

/**
 * Whether a chain of sequences is more than chance: one has characters that real text does not put there, or there are three of them.
 */
export const isEvidence = (text: string, chain: readonly Misread[]): boolean => {
  const [first, last] = [chain.at(0), chain.at(-1)];
  if (first === undefined || last === undefined) return false;
  const texts = chain.map(({ start, end }) => text.slice(start, end));
  if (chain.some((misread) => isUnnatural(text, misread))) return true;
  if (texts.filter((characters) => !/^[×Ø]/.test(characters)).length >= 3) return true;
  if (texts.length >= 4 && !texts.every((characters) => BEFORE_NUMBERS.test(characters)))
    return true;
  const before = text.charAt(first.start - 1);
  const after = text.charAt(last.end);
  return (
    isCapitalInside(before, texts[0] ?? "", first.character) ||
    isInsideWord(texts.at(-1) ?? "", last.character, after)
  );
};
