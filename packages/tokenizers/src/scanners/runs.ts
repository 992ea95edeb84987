import { lineBreak, pair, pairClass, space, unitClasses } from "./character-classes.ts";

/** Classes of the character at a place: bits of character-classes.ts, 0 at the end. */
export const classAt = (units: Uint16Array, at: number, end: number): number => {
  if (at >= end) return 0;
  const found = unitClasses()[units[at] ?? 0] ?? 0;
  return found < pair ? found : pairClass(units, at, end);
};

/** UTF-16 units of a character, by its classes. */
export const widthOf = (classes: number): number => 1 + (classes >>> 7);

/** End of the run of characters that have one of `classes`. */
export const runEnd = (units: Uint16Array, start: number, end: number, classes: number): number => {
  const table = unitClasses();
  let at = start;
  while (at < end) {
    let found = table[units[at] ?? 0] ?? 0;
    if (found >= pair) found = pairClass(units, at, end);
    if ((found & classes) === 0) break;
    at += 1 + (found >>> 7);
  }
  return at;
};

/** End of the run of characters that have none of `classes`. */
export const runEndWithout = (
  units: Uint16Array,
  start: number,
  end: number,
  classes: number,
): number => {
  const table = unitClasses();
  let at = start;
  while (at < end) {
    let found = table[units[at] ?? 0] ?? 0;
    if (found >= pair) found = pairClass(units, at, end);
    if ((found & classes) !== 0) break;
    at += 1 + (found >>> 7);
  }
  return at;
};

/** `\s+(?!\S)|\s+`: white space, but for its last character where a word follows. */
export const spaceEnd = (units: Uint16Array, start: number, end: number): number => {
  const stop = runEnd(units, start, end, space);
  return stop === end || stop === start + 1 ? stop : stop - 1;
};

/** `\s*[\r\n]+|\s+(?!\S)|\s+`: white space up to its last line break, or as `spaceEnd`. */
export const spaceOrLinesEnd = (units: Uint16Array, start: number, end: number): number => {
  const stop = runEnd(units, start, end, space);
  const table = unitClasses();
  for (let at = stop - 1; at >= start; at--)
    if (((table[units[at] ?? 0] ?? 0) & lineBreak) !== 0) return at + 1;
  return stop === end || stop === start + 1 ? stop : stop - 1;
};
