import { bytesOfCharacters } from "../text/byte-alphabet.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

const bytesOfUnits = new Int16Array(0x200).fill(-1);
for (const [character, byte] of bytesOfCharacters) bytesOfUnits[character.charCodeAt(0)] = byte;

const isByteLevel = (token: string): boolean => {
  for (let at = 0; at < token.length; at++)
    if ((bytesOfUnits[token.charCodeAt(at)] ?? -1) < 0) return false;
  return true;
};

/** The bytes of a token: of its characters in the byte-level alphabet, or its UTF-8 if one is not in it. */
export const byteLevelBytes = (token: string): Uint8Array => {
  if (!isByteLevel(token)) return encoder.encode(token);
  const bytes = new Uint8Array(token.length);
  for (let at = 0; at < token.length; at++) bytes[at] = bytesOfUnits[token.charCodeAt(at)] ?? 0;
  return bytes;
};

/** The text of byte-level tokens; bytes that are no UTF-8 become U+FFFD. */
export const decodeByteLevel = (tokens: readonly string[]): string => {
  const parts = tokens.map(byteLevelBytes);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return decoder.decode(bytes);
};
