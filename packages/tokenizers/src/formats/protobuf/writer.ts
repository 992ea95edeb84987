const varint = (value: bigint): readonly number[] => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
};

const tagged = (number: number, wire: number): readonly number[] =>
  varint((BigInt(number) << 3n) | BigInt(wire));

/** Parts of a message one after another. */
export const joinBytes = (parts: readonly Uint8Array[]): Uint8Array => {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
};

/** A field of bytes, or of a message that is written already. */
export const bytesField = (number: number, bytes: Uint8Array): Uint8Array =>
  joinBytes([Uint8Array.from([...tagged(number, 2), ...varint(BigInt(bytes.length))]), bytes]);

const utf8 = new TextEncoder();

/** A field of text. */
export const textField = (number: number, text: string): Uint8Array =>
  bytesField(number, utf8.encode(text));

/** A field of an integer, an enum or a boolean. */
export const intField = (number: number, value: number | boolean): Uint8Array =>
  Uint8Array.from([...tagged(number, 0), ...varint(BigInt(Number(value)))]);

/** A field of a 32-bit float. */
export const floatField = (number: number, value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joinBytes([Uint8Array.from(tagged(number, 5)), bytes]);
};
