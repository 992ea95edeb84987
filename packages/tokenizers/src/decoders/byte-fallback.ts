const byteToken = /^<0x([0-9a-fA-F]{2}|\+[0-9a-fA-F])>$/;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const textOf = (bytes: readonly number[]): readonly string[] => {
  try {
    return [strict.decode(Uint8Array.from(bytes))];
  } catch {
    return bytes.map(() => "\uFFFD");
  }
};

/** The byte of a token such as `<0xAB>`; undefined for other tokens. */
export const byteOfToken = (token: string): number | undefined => {
  const digits = byteToken.exec(token)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
};

/** Runs of byte tokens become their text, or one U+FFFD for each byte if they are no UTF-8. */
export const byteFallback = (tokens: readonly string[]): readonly string[] => {
  const out: string[] = [];
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length > 0) for (const text of textOf(bytes)) out.push(text);
    bytes = [];
  };
  for (const token of tokens) {
    const byte = byteOfToken(token);
    if (byte !== undefined) bytes.push(byte);
    else {
      flush();
      out.push(token);
    }
  }
  flush();
  return out;
};
