/**
 * Encoded bytes kept in pieces, so that a message can be measured and nested without copying the tensors inside it.
 *
 * Source: https://protobuf.dev/programming-guides/encoding/.
 */
export type Wire = {
  readonly byteLength: number;
  readonly parts: readonly (Uint8Array | Wire)[];
};

const varintType = 0;
const lengthDelimitedType = 2;
const fixed32Type = 5;
const utf8 = new TextEncoder();

/** Joins pieces in order. */
export function concatWires(parts: readonly (Uint8Array | Wire)[]): Wire {
  let byteLength = 0;
  for (const part of parts) byteLength += part.byteLength;
  return { byteLength, parts };
}

/** Copies the pieces into one array. */
export function flattenWire(wire: Wire): Uint8Array {
  const target = new Uint8Array(wire.byteLength);
  copyInto(target, wire, 0);
  return target;
}

function copyInto(target: Uint8Array, wire: Wire, start: number): void {
  let offset = start;
  for (const part of wire.parts) {
    if (part instanceof Uint8Array) target.set(part, offset);
    else copyInto(target, part, offset);
    offset += part.byteLength;
  }
}

/** Field with an integer of up to 64 bits; negative numbers take ten bytes, in two's complement. */
export function varintField(field: number, value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  pushVarint(bytes, tag(field, varintType));
  pushVarint(bytes, value);
  return Uint8Array.from(bytes);
}

/** Field with one float32. */
export function floatField(field: number, value: number): Uint8Array {
  const bytes: number[] = [];
  pushVarint(bytes, tag(field, fixed32Type));
  return Uint8Array.from([...bytes, ...floatBytes([value])]);
}

/** Field with UTF-8 text. */
export function stringField(field: number, value: string): Wire {
  return bytesField(field, utf8.encode(value));
}

/** Field with raw bytes or with a nested message. */
export function bytesField(field: number, value: Uint8Array | Wire): Wire {
  const head: number[] = [];
  pushVarint(head, tag(field, lengthDelimitedType));
  pushVarint(head, value.byteLength);
  return concatWires([Uint8Array.from(head), value]);
}

/** Field with a packed list of integers. */
export function packedVarintField(field: number, values: readonly (number | bigint)[]): Wire {
  const bytes: number[] = [];
  for (const value of values) pushVarint(bytes, value);
  return bytesField(field, Uint8Array.from(bytes));
}

/** Field with a packed list of float32 numbers. */
export function packedFloatField(field: number, values: readonly number[]): Wire {
  return bytesField(field, floatBytes(values));
}

function tag(field: number, wireType: number): number {
  return field * 8 + wireType;
}

function floatBytes(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, index) => view.setFloat32(index * 4, value, true));
  return new Uint8Array(view.buffer);
}

function pushVarint(target: number[], value: number | bigint): void {
  if (typeof value === "number" && value >= 0 && value < 2 ** 31) {
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) target.push((rest & 0x7f) | 0x80);
    target.push(rest);
    return;
  }
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) target.push(Number(rest & 0x7fn) | 0x80);
  target.push(Number(rest));
}
