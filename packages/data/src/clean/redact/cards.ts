import { passesLuhn } from "./luhn.ts";

/** A card begins here at the earliest; it is written closed or in groups of three digits and more. */
const GROUPS = /(?<!\d)[2-6]\d{2,}(?:[ -]\d{3,}){0,5}/g;

// Issuers by first digits and length (https://en.wikipedia.org/wiki/Payment_card_number): one in ten numbers passes Luhn's check by chance.
const ISSUER =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d+|3[47]\d{13}|6(?:011|4[4-9]|5)\d+|35(?:2[89]|[3-8]\d)\d{12,15}|3(?:0[0-5]|[689])\d{11,16}|62\d{14,17})$/;

const FIXED_LENGTH = /^(?:5[1-5]|2[2-7])/;

const isCard = (digits: string): boolean =>
  digits.length >= 13 &&
  digits.length <= 19 &&
  (!FIXED_LENGTH.test(digits) || digits.length === 16) &&
  (!/^6[045]/.test(digits) || digits.length >= 16) &&
  ISSUER.test(digits) &&
  passesLuhn(digits);

/** The shortest head of groups that is a card number. */
const cardIn = (groups: string): string | undefined => {
  let digits = "";
  for (const match of groups.matchAll(/(\d+)[ -]?/g)) {
    const group = match[1] ?? "";
    digits += group;
    if (digits.length > 19) return undefined;
    if (isCard(digits)) return groups.slice(0, match.index + group.length);
  }
  return undefined;
};

/** Replaces payment card numbers: of a known issuer, of its length, with a right check digit. */
export const replaceCards = (text: string, replace: (card: string) => string): string => {
  const candidates = new RegExp(GROUPS);
  let result = "";
  let at = 0;
  for (let match = candidates.exec(text); match !== null; match = candidates.exec(text)) {
    const card = cardIn(match[0]);
    // Without success the search goes on behind the first group: a card may begin at the second.
    candidates.lastIndex = match.index + (card ?? /^\d+/.exec(match[0])?.[0] ?? match[0]).length;
    if (card === undefined) continue;
    result += text.slice(at, match.index) + replace(card);
    at = match.index + card.length;
  }
  return result + text.slice(at);
};
