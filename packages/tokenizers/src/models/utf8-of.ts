/** The UTF-8 bytes of a code point; a surrogate is U+FFFD. */
export const utf8Of = (codePoint: number): readonly number[] => {
  const c = codePoint >= 0xd800 && codePoint < 0xe000 ? 0xfffd : codePoint;
  if (c < 0x80) return [c];
  if (c < 0x800) return [0xc0 | (c >> 6), 0x80 | (c & 63)];
  if (c < 0x10000) return [0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63)];
  return [0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63)];
};
