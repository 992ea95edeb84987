/** A part of a text that normalizes by itself; frozen ones stay as they are. */
export type NormalizationPart = { readonly text: string; readonly isFrozen: boolean };

/** What may join the character before it, in any form: marks, vowel and final jamo, and their narrow forms. */
const joins = "\\p{M}\\u1160-\\u11ff\\u3131-\\u318e\\uff9e-\\uffdc";

const part = new RegExp(`[\\0-\\x7f]+(?![${joins}])|[^](?:[${joins}])*`, "gu");

/** The parts of a text, in order; together they are the text. */
export const parts = function* (text: string): Generator<NormalizationPart> {
  for (const match of text.matchAll(part)) yield { text: match[0], isFrozen: false };
};
