import { newerThanUnicode9 } from "../text/newer-characters.ts";

/** A part of a text that normalizes by itself; frozen ones stay as they are. */
export type NormalizationPart = { readonly text: string; readonly isFrozen: boolean };

/** What may join the character before it, in any form: marks, vowel and final jamo, and their narrow forms. */
const joins = "\\p{M}\\u1160-\\u11ff\\u3131-\\u318e\\uff9e-\\uffdc";

const part = new RegExp(`[\\0-\\x7f]+(?![${joins}])|[^](?:[${joins}])*`, "gu");

const frozen = new RegExp(`([${newerThanUnicode9}]+)`, "u");

/** The parts of a text, in order; together they are the text. Characters that the original does not know are frozen. */
export const parts = function* (text: string): Generator<NormalizationPart> {
  if (!frozen.test(text)) return yield* knownParts(text);
  let isFrozen = false; // pieces between frozen ones, and frozen ones, by turns
  for (const piece of text.split(frozen)) {
    if (isFrozen) yield { text: piece, isFrozen };
    else yield* knownParts(piece);
    isFrozen = !isFrozen;
  }
};

const knownParts = function* (text: string): Generator<NormalizationPart> {
  for (const match of text.matchAll(part)) yield { text: match[0], isFrozen: false };
};
