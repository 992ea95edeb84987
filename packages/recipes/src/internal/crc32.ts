const table = /* @__PURE__ */ Uint32Array.from({ length: 256 }, (_, byte) => {
  let c = byte;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

/**
 * CRC-32 as in zip and PNG, of several parts in a row.
 * @see https://www.w3.org/TR/png-3/#D-CRCAppendix
 */
export const crc32 = (...parts: readonly Uint8Array[]): number => {
  let c = 0xffffffff;
  for (const part of parts)
    for (let i = 0; i < part.length; i++) c = (table[(c ^ (part[i] ?? 0)) & 0xff] ?? 0) ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
};
