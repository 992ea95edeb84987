// SHA-1 (FIPS 180-4) over a reused buffer: the hash of a shingle allocates nothing, which WebCrypto (asynchronous) and general
// libraries (an object for every digest) cannot offer. It is used to spread and to compare, never to keep secrets.

const words = new Int32Array(80);
const state = new Int32Array(5);

const rounds = (): void => {
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  for (let i = 16; i < 80; i++) {
    const x = words[i - 3]! ^ words[i - 8]! ^ words[i - 14]! ^ words[i - 16]!;
    words[i] = (x << 1) | (x >>> 31);
  }
  for (let i = 0; i < 80; i++) {
    const f =
      i < 20
        ? ((b & c) | (~b & d)) + 0x5a827999
        : i < 40
          ? (b ^ c ^ d) + 0x6ed9eba1
          : i < 60
            ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
            : (b ^ c ^ d) + 0xca62c1d6;
    const next = (((a << 5) | (a >>> 27)) + (f | 0) + e + words[i]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
  state[4] = (state[4]! + e) | 0;
};

const loadBlock = (bytes: Uint8Array, start: number): void => {
  for (let i = 0, at = start; i < 16; i++, at += 4) {
    words[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
};

const tail = new Uint8Array(128);

const finish = (bytes: Uint8Array, start: number, length: number): void => {
  tail.fill(0);
  const rest = length - start;
  for (let i = 0; i < rest; i++) tail[i] = bytes[start + i]!;
  tail[rest] = 0x80;
  const size = rest < 56 ? 64 : 128;
  const bits = length * 8;
  const high = Math.floor(bits / 2 ** 32);
  for (let i = 0; i < 4; i++) {
    tail[size - 1 - i] = bits >>> (8 * i);
    tail[size - 5 - i] = high >>> (8 * i);
  }
  for (let at = 0; at < size; at += 64) {
    loadBlock(tail, at);
    rounds();
  }
};

/** The five words of the digest of the first `length` bytes; the same array every time, overwritten by the next call. */
export const sha1 = (bytes: Uint8Array, length: number = bytes.length): Int32Array => {
  state[0] = 0x67452301;
  state[1] = 0xefcdab89 | 0;
  state[2] = 0x98badcfe | 0;
  state[3] = 0x10325476;
  state[4] = 0xc3d2e1f0 | 0;
  let at = 0;
  for (; at + 64 <= length; at += 64) {
    loadBlock(bytes, at);
    rounds();
  }
  finish(bytes, at, length);
  return state;
};
