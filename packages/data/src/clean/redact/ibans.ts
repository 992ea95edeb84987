/** Country, check digits and up to 30 signs, closed or in groups; what follows may be words in capitals. */
const CANDIDATE = /(?<![\p{L}\p{N}])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])/gu;

/** The rest by 97 of the number that ISO 13616 makes of it (letters are 10 to 35, the first four signs last). */
const restBy97 = (iban: string): number => {
  let rest = 0;
  for (const sign of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(sign, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
};

const isIban = (signs: string): boolean =>
  signs.length >= 15 && signs.length <= 34 && restBy97(signs) === 1;

/** The longest head, ending at a space or the end, that is an IBAN. */
const ibanIn = (candidate: string): string | undefined => {
  for (let end = candidate.length; end > 0; end = candidate.lastIndexOf(" ", end - 1)) {
    const head = candidate.slice(0, end);
    if (isIban(head.replaceAll(" ", ""))) return head;
  }
  return undefined;
};

/** Replaces international bank account numbers whose check digits are right. */
export const replaceIbans = (text: string, replace: (iban: string) => string): string => {
  const candidates = new RegExp(CANDIDATE);
  let result = "";
  let at = 0;
  for (let match = candidates.exec(text); match !== null; match = candidates.exec(text)) {
    const iban = ibanIn(match[0]);
    // What follows may be another one: the search goes on behind the number, or behind the sign where the failed one began.
    candidates.lastIndex = match.index + (iban?.length ?? 4);
    if (iban === undefined) continue;
    result += text.slice(at, match.index) + replace(iban);
    at = match.index + iban.length;
  }
  return result + text.slice(at);
};
