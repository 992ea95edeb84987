const apostrophe = 0x27;
/** Bit that makes ASCII letters lower case. */
const lowerBit = 0x20;
/** LATIN SMALL LETTER LONG S, which is an s where case does not matter. */
const longS = 0x17f;
const [d, e, l, m, r, s, t, v] = Array.from("delmrstv", (letter) => letter.charCodeAt(0));

/** Length of `'s|'t|'re|'ve|'m|'ll|'d` at a place, 0 where there is none; with `anyCase`, of `(?i:…)`. */
export const contraction = (
  units: Uint16Array,
  start: number,
  end: number,
  anyCase: boolean,
): number => {
  if (units[start] !== apostrophe || start + 1 >= end) return 0;
  const bit = anyCase ? lowerBit : 0;
  const first = units[start + 1] ?? 0;
  const small = first | bit;
  if (small === s || small === t || small === m || small === d) return first < 128 ? 2 : 0;
  if (anyCase && first === longS) return 2;
  if (start + 2 >= end || first >= 128) return 0;
  const second = units[start + 2] ?? 0;
  if (second >= 128) return 0;
  const next = second | bit;
  if (((small === r || small === v) && next === e) || (small === l && next === l)) return 3;
  return 0;
};
