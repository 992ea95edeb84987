const printable = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;

const alphabet = (): readonly string[] => {
  let spare = 0x100;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(printable(byte) ? byte : spare++),
  );
};

/**
 * The character that stands for each byte in byte-level vocabularies: itself where it prints, else one from U+0100 on.
 * Source: bytes_to_unicode in https://github.com/openai/gpt-2/blob/master/src/encoder.py
 */
export const byteCharacters: readonly string[] = alphabet();

/** The byte that a character of the alphabet stands for. */
export const bytesOfCharacters: ReadonlyMap<string, number> = new Map(
  byteCharacters.map((character, byte) => [character, byte]),
);

const encoder = new TextEncoder();

const charactersOf = (bytes: Uint8Array): string => {
  let out = "";
  for (const byte of bytes) out += byteCharacters[byte] ?? "";
  return out;
};

/** A text as the characters of its UTF-8 bytes. */
export const toByteCharacters = (text: string): string => {
  let out = "";
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) return out + charactersOf(encoder.encode(text.slice(at)));
    out += byteCharacters[code] ?? "";
  }
  return out;
};
