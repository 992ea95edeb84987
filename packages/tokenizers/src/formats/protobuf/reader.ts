import { TokenizerFormatError } from "../../errors.ts";

/** A stretch of the bytes of a protocol buffer. */
export type Span = {
  readonly operation: string;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
};

/** One field of a message: a number, or a stretch of bytes; `at` is the byte where it begins. */
export type ProtoField = {
  readonly number: number;
  readonly at: number;
  /** Where the field ends. */
  readonly end: number;
  readonly value: bigint | Span;
};

/** The complaint that the byte at `at` breaks a rule. */
export const wrongByte = (
  span: Span,
  at: number,
  rule: string,
  got?: string,
): TokenizerFormatError =>
  new TokenizerFormatError({
    operation: span.operation,
    rule: `byte ${at} of ${span.bytes.length}: ${rule}`,
    ...(got === undefined ? {} : { got }),
  });

type Cursor = { at: number };

/** Base 128, low groups first, at most ten bytes. */
const varint = (span: Span, cursor: Cursor): bigint => {
  const first = cursor.at;
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = cursor.at < span.end ? span.bytes[cursor.at++] : undefined;
    if (byte === undefined)
      throw wrongByte(span, first, "a number must end before its message does");
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) {
      if (value >= 1n << 64n) break;
      return value;
    }
  }
  throw wrongByte(span, first, "a number must fit in 64 bits");
};

const stretch = (span: Span, cursor: Cursor, length: bigint): Span => {
  const start = cursor.at;
  if (length > BigInt(span.end - start))
    throw wrongByte(
      span,
      start,
      "a field must end before its message does",
      `${length} bytes, of which ${span.end - start} are there`,
    );
  cursor.at += Number(length);
  return { ...span, start, end: cursor.at };
};

const valueOf = (span: Span, cursor: Cursor, wire: number): bigint | Span => {
  const at = cursor.at;
  if (wire === 0) return varint(span, cursor);
  if (wire === 1) return stretch(span, cursor, 8n);
  if (wire === 2) return stretch(span, cursor, varint(span, cursor));
  if (wire === 5) return stretch(span, cursor, 4n);
  throw wrongByte(span, at, "a field must be of wire type 0, 1, 2 or 5", String(wire));
};

/**
 * The fields of a message, in order. The work is bounded by the bytes that are there, whatever lengths they tell. Throws
 * TokenizerFormatError. Source: https://protobuf.dev/programming-guides/encoding/
 */
export const fieldsOf = function* (span: Span): Generator<ProtoField> {
  const cursor = { at: span.start };
  while (cursor.at < span.end) {
    const at = cursor.at;
    const tag = varint(span, cursor);
    const number = Number(tag >> 3n);
    if (number === 0 || number >= 2 ** 29)
      throw wrongByte(span, at, "a field must have a number from 1 to 536870911", String(number));
    const value = valueOf(span, cursor, Number(tag & 7n));
    yield { number, at, end: cursor.at, value };
  }
};

/** The message, text or bytes of a field, as a stretch. */
export const messageOf = (message: Span, field: ProtoField): Span => {
  if (typeof field.value === "bigint")
    throw wrongByte(message, field.at, `field ${field.number} must be bytes`);
  return field.value;
};

/** A copy of the bytes of a field. */
export const bytesOf = (message: Span, field: ProtoField): Uint8Array => {
  const { bytes, start, end } = messageOf(message, field);
  return bytes.slice(start, end);
};

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of a field. */
export const textOf = (message: Span, field: ProtoField): string => {
  const { bytes, start, end } = messageOf(message, field);
  try {
    return utf8.decode(bytes.subarray(start, end));
  } catch {
    throw wrongByte(message, start, `field ${field.number} must be UTF-8`);
  }
};

/** The 32-bit float of a field. */
export const floatOf = (message: Span, field: ProtoField): number => {
  const { bytes, start, end } = messageOf(message, field);
  if (end - start !== 4)
    throw wrongByte(message, field.at, `field ${field.number} must be a float`);
  return new DataView(bytes.buffer, bytes.byteOffset + start, 4).getFloat32(0, true);
};

/** The 32-bit integer of a field; negative ones are stored as 64 bits. */
export const intOf = (message: Span, field: ProtoField): number => {
  if (typeof field.value !== "bigint")
    throw wrongByte(message, field.at, `field ${field.number} must be an integer`);
  return Number(BigInt.asIntN(32, field.value));
};
