import type { Misread } from "./repair-mojibake.ts";

// What real text puts after a letter: closing quotes, dashes, an ellipsis, ordinal signs, footnote signs, "m²", "5 Å±0.2", and the letters
// of windows-1252 (Czech "vidíš…"). These are no evidence by themselves. What is left of the continuation bytes is: "é" is not followed
// by "¢", "¨", "¿" or a control character.
const UNNATURAL = /[\u0080-\u0084\u0086-\u009f¡¢£¤¥¦§¨©«¬¯µ¶¸¼½¾¿€ƒˆ‰‹˜]/;

/** "2×½", "3×£20", "Ø½", "»ß«": signs that stand before prices and fractions, and a letter that is quoted by itself. */
const STANDS_ALONE = /^(?:[×Ø][¢£¤¥¼½¾€‰]|ß[«‹])$/;

// Letters that no alphabet has side by side, and a capital after a small letter: "Ã" is Portuguese and Vietnamese, "Å" Nordic, "Š" and "Ž"
// are Slavic, Baltic and Finnish, "Œ" and "Ÿ" French. "ðŸ" begins most emoji.
const FOREIGN = /^(?:[ÃÅÆÐÑ][ŠŽšžŒœŸ]|Ä[ŒœŸ]|[à-ô][ŠŒŽŸ]|â[šœž]|[à-ï].Ÿ)/;

/** "â†’", "â–²", "â™ª": what does not follow a letter, nor one another, and means an arrow, a shape, a note. */
const SIGNS = /^â(?:[†‡•‚„][^»”’]|[†‡•][”’]|[–—™][ª°±²³´·¹º®†‡™])/;

/** "É¿" would be a letter of phonetic notation, "È€" one of nobody's. */
const isRareLatin = (meaning: string): boolean =>
  meaning >= "\u0200" && meaning <= "\u02ff" && !/[ȘșȚț]/.test(meaning);

const isUpperCase = (character: string): boolean => /\p{Lu}/u.test(character);

const isLowerCase = (character: string): boolean => /\p{Ll}/u.test(character);

const isLetter = (character: string): boolean => /\p{L}/u.test(character);

/** "MÄ£ÄM": currency signs for letters among capitals. */
const isShouted = (text: string, { start, end }: Misread): boolean =>
  /[¢£¤¥€]/.test(text.slice(start + 1, end)) &&
  !isLowerCase(text.charAt(end)) &&
  (isUpperCase(text.charAt(start - 1)) || isUpperCase(text.charAt(end)));

/** "»ÜNLÜ«", "»Café«…": quotes of German and Danish, the last one before which opens, close after a letter. */
const isClosing = (text: string, { start }: Misread): boolean =>
  /[«‹]/.test(text.charAt(start + 1)) &&
  /[»›][^«‹»›]*$/.test(text.slice(Math.max(0, start - 200), start));

const isUnnatural = (text: string, misread: Misread): boolean => {
  const characters = text.slice(misread.start, misread.end);
  if (FOREIGN.test(characters) || SIGNS.test(characters)) return true;
  const unclosed = characters.slice(isClosing(text, misread) ? 2 : 1);
  if (!UNNATURAL.test(unclosed)) return false;
  if (characters.length > 2) return true;
  return (
    !STANDS_ALONE.test(characters) && !isRareLatin(misread.character) && !isShouted(text, misread)
  );
};

const fitsLatin = (character: string): boolean =>
  !isLetter(character) || /\p{Script=Latin}/u.test(character);

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
  if (texts.length >= 4 && !texts.every((characters) => STANDS_ALONE.test(characters))) return true;
  const before = text.charAt(first.start - 1);
  const after = text.charAt(last.end);
  return (
    isCapitalInside(before, texts[0] ?? "", first.character) ||
    isInsideWord(texts.at(-1) ?? "", last.character, after)
  );
};

/** "Ã–l", "Å›nieg", "NÃ­l", "È™i": capitals that end no word, with a sign between them and a small letter. */
const BEFORE_LETTER = /^(?:[ÂÎÏÐÑ].|Ã[^’]|[ÄÅ][^…’]|È[™›])$/s;

/** "Ã±", "Î±", "Ð²": capitals that are no word by themselves. */
const BY_ITSELF = /^(?:Ã[^’]|[ÎÐ][ª°±²³´·¹º»®]|[ÏÑÙ][†‡‚„]|Ù…)$/s;

/** "Â°", "Â·": "Â" is no word, and ends none. */
const AFTER_A = /^Â[ª°±´·º®»]$/;

/** "äº‚", "sá»‘", "tháº»": three characters of which the second or third follows no letter and no quote. */
const TRIPLE = /^(?:[à-ï](?:[†‡•‚„].|.[‚„•°·±])|áº.|á».)$/s;

const isFaintCapital = (text: string, { start, end }: Misread): boolean => {
  const characters = text.slice(start, end);
  const [before, after] = [text.charAt(start - 1), text.charAt(end)];
  if (isLowerCase(after)) return BEFORE_LETTER.test(characters);
  if (isUpperCase(before))
    return isUpperCase(after) ? /^Ã[^’”]/s.test(characters) : /^Ã[‡³°±\u00ad]/.test(characters);
  if (isLetter(before)) return false;
  if (/^Â[²³¹\u00a0]$/.test(characters)) return /\d/.test(before);
  if (AFTER_A.test(characters)) return true;
  if (isUpperCase(after)) return /^Ã[^’”]/s.test(characters);
  return !/\d/.test(after) && BY_ITSELF.test(characters);
};

/** "Å‚Ä…", "Øª": one after the other, so that a letter follows a sign without a space. */
const isFaintPair = (text: string, chain: readonly Misread[]): boolean =>
  chain.length > 1 &&
  chain.every(({ start, end }) => /^(?:[ÃÄÅÎÏÐÑØÙ][^–—]$|[à-ï]..$)/s.test(text.slice(start, end)));

/**
 * Whether a chain is more than chance in a text that has nothing else beyond ASCII: a capital by itself, a sign, and no space where real
 * text would have one; letters of one other script.
 */
export const isFaintEvidence = (text: string, chain: readonly Misread[]): boolean =>
  chain.some((misread) =>
    misread.end - misread.start === 2
      ? isFaintCapital(text, misread)
      : TRIPLE.test(text.slice(misread.start, misread.end)),
  ) || isFaintPair(text, chain);
