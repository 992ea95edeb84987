import { byteOf } from "../internal/windows-1252.ts";
import { isEvidence, isFaintEvidence } from "./mojibake-evidence.ts";

/** A run of characters that would be one character if its bytes were read as UTF-8. */
export type Misread = {
  readonly start: number;
  readonly end: number;
  /** The character that its bytes mean. */
  readonly character: string;
};

const CONTINUATIONS = "\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ";

const CANDIDATE = new RegExp(
  `[Â-ß][${CONTINUATIONS}]|[à-ï][${CONTINUATIONS}]{2}|[ð-ô][${CONTINUATIONS}]{3}`,
  "g",
);

const ANY = new RegExp(`[Â-ô][${CONTINUATIONS}]`);

/** The code point of a well-formed UTF-8 sequence; -1 for overlong forms, surrogates and values beyond Unicode. */
const decode = (characters: string): number => {
  const lead = byteOf(characters.charCodeAt(0));
  let point = lead & (characters.length === 2 ? 0x1f : characters.length === 3 ? 0x0f : 0x07);
  for (let i = 1; i < characters.length; i++) {
    point = (point << 6) | (byteOf(characters.charCodeAt(i)) & 0x3f);
  }
  const least = [0, 0, 0x80, 0x800, 0x10000][characters.length] ?? 0;
  const surrogate = point >= 0xd800 && point < 0xe000;
  return point < least || surrogate || point > 0x10ffff ? -1 : point;
};

/** Unassigned and private characters are nobody's text. */
const isText = (character: string): boolean => !/[\p{Cn}\p{Co}]/u.test(character);

const findMisread = (text: string): readonly Misread[] => {
  const found: Misread[] = [];
  for (const match of text.matchAll(CANDIDATE)) {
    const point = decode(match[0]);
    if (point < 0) continue;
    const character = String.fromCodePoint(point);
    const end = match.index + match[0].length;
    if (isText(character)) found.push({ start: match.index, end, character });
  }
  return found;
};

/** Groups sequences that follow one another without a gap. */
const chainsOf = (found: readonly Misread[]): readonly (readonly Misread[])[] => {
  const chains: Misread[][] = [];
  for (const misread of found) {
    const chain = chains.at(-1);
    if (chain !== undefined && chain.at(-1)?.end === misread.start) chain.push(misread);
    else chains.push([misread]);
  }
  return chains;
};

/** Whether nothing but these sequences is beyond ASCII, as in a text that was misread as a whole. */
const isWholeText = (text: string, found: readonly Misread[]): boolean => {
  let beyond = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) beyond++;
  return beyond === found.reduce((sum, { start, end }) => sum + end - start, 0);
};

/**
 * The sequences to repair: those of evident chains and of leads that are evident elsewhere; all when the whole text was misread, for
 * which fainter evidence is enough.
 */
const misreadOf = (text: string): readonly Misread[] => {
  const found = findMisread(text);
  const chains = chainsOf(found);
  const evident = chains.filter((chain) => isEvidence(text, chain));
  if (isWholeText(text, found)) {
    const isMisread = evident.length > 0 || chains.some((chain) => isFaintEvidence(text, chain));
    return isMisread ? found : [];
  }
  const leads = new Set(evident.flat().map(({ start }) => text.charAt(start)));
  return found.filter(({ start }) => leads.has(text.charAt(start)));
};

const repairOnce = (text: string): string => {
  let repaired = "";
  let at = 0;
  for (const { start, end, character } of misreadOf(text)) {
    repaired += text.slice(at, start) + character;
    at = end;
  }
  return repaired + text.slice(at);
};

const MAX_ROUNDS = 8;

/**
 * Repairs UTF-8 that was read as windows-1252 or Latin-1, also several times over ("schÃ¶n" for "schön"). Only characters that form
 * well-formed UTF-8 change, and only where real text would not put them together: without such evidence in the text it comes back as it
 * was. What was lost (a byte replaced by U+FFFD or a space) stays lost. Linear in the text.
 * @see https://ftfy.readthedocs.io/en/latest/heuristic.html (the idea; other rules)
 *
 * ```ts doctest
 * import { repairMojibake } from "@adjoint/data";
 * repairMojibake("Itâ€™s a cafÃ©"); // => "It’s a café"
 * repairMojibake("«CAFÉ», ‘MAÇÃ’ and ½ Å"); // => "«CAFÉ», ‘MAÇÃ’ and ½ Å"
 * ```
 */
export const repairMojibake = (text: string): string => {
  let current = text;
  for (let round = 0; round < MAX_ROUNDS && ANY.test(current); round++) {
    const repaired = repairOnce(current);
    if (repaired === current) break;
    current = repaired;
  }
  return current;
};
