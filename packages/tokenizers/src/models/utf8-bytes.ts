/** Writes the UTF-8 bytes of the text `units[start, end)` to `bytes` (3 a unit are enough) and returns how many there are; lone surrogates are U+FFFD. */
export const writeUtf8 = (
  units: Uint16Array,
  start: number,
  end: number,
  bytes: Uint8Array,
): number => {
  let count = 0;
  for (let i = start; i < end; i++) {
    let c = units[i] ?? 0;
    if (c < 0x80) {
      bytes[count++] = c;
      continue;
    }
    if (c < 0x800) {
      bytes[count++] = 0xc0 | (c >> 6);
      bytes[count++] = 0x80 | (c & 63);
      continue;
    }
    if ((c & 0xf800) === 0xd800) {
      const low = i + 1 < end ? (units[i + 1] ?? 0) : 0;
      if (c < 0xdc00 && (low & 0xfc00) === 0xdc00) {
        c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
        i++;
        bytes[count++] = 0xf0 | (c >> 18);
        bytes[count++] = 0x80 | ((c >> 12) & 63);
        bytes[count++] = 0x80 | ((c >> 6) & 63);
        bytes[count++] = 0x80 | (c & 63);
        continue;
      }
      c = 0xfffd;
    }
    bytes[count++] = 0xe0 | (c >> 12);
    bytes[count++] = 0x80 | ((c >> 6) & 63);
    bytes[count++] = 0x80 | (c & 63);
  }
  return count;
};
