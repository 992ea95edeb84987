/** How many bytes follow a first byte, and the least and the greatest second byte: RFC 3629, section 4. */
const tailOf = (first: number): readonly [number, number, number] | undefined => {
  if (first < 0x80) return [0, 0, 0];
  if (first < 0xc2 || first > 0xf4) return undefined;
  if (first < 0xe0) return [1, 0x80, 0xbf];
  if (first < 0xf0) return [2, first === 0xe0 ? 0xa0 : 0x80, first === 0xed ? 0x9f : 0xbf];
  return [3, first === 0xf0 ? 0x90 : 0x80, first === 0xf4 ? 0x8f : 0xbf];
};

const isCharacterAt = (
  bytes: Uint8Array,
  at: number,
  length: number,
  low: number,
  high: number,
) => {
  for (let i = 1; i <= length; i++) {
    const byte = bytes[at + i];
    if (byte === undefined || byte < (i === 1 ? low : 0x80) || byte > (i === 1 ? high : 0xbf))
      return false;
  }
  return true;
};

/** Where the first character that is not UTF-8 begins; the length when all are. */
export const invalidByteAt = (bytes: Uint8Array): number => {
  let at = 0;
  while (at < bytes.length) {
    const tail = tailOf(bytes[at] ?? 0);
    if (tail === undefined || !isCharacterAt(bytes, at, ...tail)) return at;
    at += 1 + tail[0];
  }
  return at;
};
