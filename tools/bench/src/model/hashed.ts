// Pseudo-random values that Python and TypeScript reproduce exactly from integers (see tools/fixtures/hashed.py).

/** `count` uint32 words of stream `n`. */
const mix = (n: number, count: number): Uint32Array => {
  const out = new Uint32Array(count);
  const base = Math.imul(n, 0x9e3779b1);
  for (let i = 0; i < count; i++) {
    let h = base + Math.imul(i, 0x85ebca77);
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
    h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
    out[i] = h ^ (h >>> 15);
  }
  return out;
};

/** float32 values of stream `n`, uniform in offset ± scale. */
export const hashed = (count: number, n: number, scale: number, offset: number): Float32Array => {
  const out = new Float32Array(count);
  const words = mix(n, count);
  // `from` with a function would make a list of JavaScript numbers first, which the memory benchmark would count
  for (let i = 0; i < count; i++) out[i] = offset + scale * ((words[i] ?? 0) / 2 ** 31 - 1);
  return out;
};

/** Token ids of stream `n`. */
export const hashedTokens = (count: number, n: number, vocab: number): Int32Array =>
  Int32Array.from(mix(n, count), (h) => h % vocab);
