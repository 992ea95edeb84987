import type { Vocab } from "../spec/model-spec.ts";
import { utf8Of } from "./utf8-of.ts";

/** Name of the token of a byte, such as `<0xAB>`, as in SentencePiece. */
export const byteToken = (byte: number): string =>
  `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;

/** Ids of the tokens of the 256 bytes; -1 for those that the vocabulary lacks. */
export const byteTokenIds = (vocab: Vocab): Int32Array =>
  Int32Array.from({ length: 256 }, (_, byte) => vocab.get(byteToken(byte)) ?? -1);

/** Ids of the tokens of a text's bytes, or undefined where one is missing. */
export const bytesOf = (text: string, byteIds: Int32Array): readonly number[] | undefined => {
  const ids: number[] = [];
  for (const character of text)
    for (const byte of utf8Of(character.codePointAt(0) ?? 0)) ids.push(byteIds[byte] ?? -1);
  return ids.includes(-1) ? undefined : ids;
};
