/** Unsigned LEB128, the integer encoding of WebAssembly sizes, indices and memory offsets. */
export function unsignedLeb(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** Signed LEB128 of a 32-bit integer, the encoding of `i32.const`. */
export function signedLeb(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

/** The four little-endian bytes of a float32. */
export function floatBits(value: number): readonly number[] {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value, true);
  return [...new Uint8Array(view.buffer)];
}

/** The four little-endian bytes of a 32-bit integer, signed or not. */
export function integerBits(value: number): readonly number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff];
}

/** A vector: its length, then its encoded items. */
export function vector(items: readonly (readonly number[])[]): readonly number[] {
  return [...unsignedLeb(items.length), ...items.flat()];
}

/** A name or other byte string, with its length. */
export function byteString(text: string): readonly number[] {
  const bytes = new TextEncoder().encode(text);
  return [...unsignedLeb(bytes.length), ...bytes];
}
