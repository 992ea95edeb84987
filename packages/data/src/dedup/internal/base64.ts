const CHUNK = 0x8000;

/** Bytes as base64, in engines without `Uint8Array.prototype.toBase64` too. */
export const toBase64 = (bytes: Uint8Array): string => {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + CHUNK)));
  }
  return btoa(parts.join(""));
};

/** The bytes of a base64 text; undefined when it is none. */
export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> | undefined => {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
};

/** Words as base64 of their little-endian bytes. */
export const wordsToBase64 = (words: Uint32Array): string => {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words.length; i++) view.setUint32(4 * i, words[i]!, true);
  return toBase64(bytes);
};

/** The words behind `wordsToBase64`; undefined when the text holds no whole number of them. */
export const wordsFromBase64 = (text: string): Uint32Array | undefined => {
  const bytes = fromBase64(text);
  if (bytes === undefined || bytes.length % 4 !== 0) return undefined;
  const view = new DataView(bytes.buffer);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true));
};
