/** \p{L} */
export const letter = 1;
/** \p{N} */
export const number = 2;
/** \s, which is \p{White_Space} in the patterns of tokenizers: with U+0085, without U+FEFF. */
export const space = 4;
/** [\r\n] */
export const lineBreak = 8;
/** [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]: what can begin a word before its lower case. */
export const upper = 16;
/** [\p{Ll}\p{Lm}\p{Lo}\p{M}]: what can go on a word in lower case. */
export const lower = 32;
/** A character of two UTF-16 units. */
export const pair = 128;

const classes: readonly (readonly [RegExp, number])[] = [
  [/\p{L}+/gu, letter],
  [/\p{N}+/gu, number],
  [/\p{White_Space}+/gu, space],
  [/[\r\n]+/gu, lineBreak],
  [/[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+/gu, upper],
  [/[\p{Ll}\p{Lm}\p{Lo}\p{M}]+/gu, lower],
];

const blockBits = 8;

/** Classes of 2^count characters from `first` on, as bits; two-unit characters have `pair` beside. */
const classesFrom = (first: number, count: number): Uint8Array => {
  const width = first > 0xffff ? 2 : 1;
  const codes = Array.from({ length: count }, (_, i) => first + i);
  // A surrogate on its own has no class; a space-free stand-in keeps the places and joins no neighbours to a pair.
  const text = codes
    .map((code) => (code >= 0xd800 && code < 0xe000 ? "\uFFFD" : String.fromCodePoint(code)))
    .join("");
  const table = new Uint8Array(count).fill(width === 2 ? pair : 0);
  for (const [regex, bit] of classes)
    for (const { index, 0: run } of text.matchAll(regex))
      for (let at = index; at < index + run.length; at += width) {
        const place = at / width;
        table[place] = (table[place] ?? 0) | bit;
      }
  if (width === 1)
    for (let code = Math.max(0xd800, first); code < Math.min(0xe000, first + count); code++)
      table[code - first] = pair;
  return table;
};

let basic: Uint8Array | undefined;

/** Classes of UTF-16 units; surrogates are `pair` alone: their class is in `pairClass`. Made on first use. */
export const unitClasses = (): Uint8Array => (basic ??= classesFrom(0, 0x10000));

const blocks = new Map<number, Uint8Array>();

/** Classes of the surrogate at a place: those of its character, or none where it stands alone. */
export const pairClass = (units: Uint16Array, at: number, end: number): number => {
  const high = units[at] ?? 0;
  const low = at + 1 < end ? (units[at + 1] ?? 0) : 0;
  if ((high & 0xfc00) !== 0xd800 || (low & 0xfc00) !== 0xdc00) return 0;
  const code = 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
  const number = code >> blockBits;
  let block = blocks.get(number);
  if (block === undefined) {
    block = classesFrom(number << blockBits, 1 << blockBits);
    blocks.set(number, block);
  }
  return block[code & ((1 << blockBits) - 1)] ?? 0;
};
