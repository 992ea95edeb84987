import { letter, lineBreak, lower, number, space, upper } from "./character-classes.ts";
import { numberEnd } from "./cl100k-scanner.ts";
import { contraction } from "./contraction.ts";
import { classAt, runEnd, runEndWithout, spaceOrLinesEnd, widthOf } from "./runs.ts";
import type { Scanner } from "./scanner.ts";

/** No match. */
const none = -1;

/** `[upper]*[lower]+`: where the lower case that must come is already part of the first run, it gives back. */
const lowerWordEnd = (units: Uint16Array, start: number, end: number): number => {
  let at = start;
  let lastLower = none;
  for (;;) {
    const classes = classAt(units, at, end);
    if ((classes & upper) === 0) break;
    at += widthOf(classes);
    if ((classes & lower) !== 0) lastLower = at;
  }
  const stop = runEnd(units, at, end, lower);
  return stop > at ? stop : lastLower;
};

/** `[upper]+[lower]*` */
const upperWordEnd = (units: Uint16Array, start: number, end: number): number => {
  const stop = runEnd(units, start, end, upper);
  return stop === start ? none : runEnd(units, stop, end, lower);
};

/** End of a word at `start`, after a character before it that is neither letter nor number nor line break, if any. */
const wordEnd = (units: Uint16Array, start: number, end: number, first: number): number => {
  const marked = (first & (letter | number | lineBreak)) === 0;
  const second = start + widthOf(first);
  const bare = (first & (upper | lower)) !== 0;
  let stop = marked ? lowerWordEnd(units, second, end) : none;
  if (stop === none && bare) stop = lowerWordEnd(units, start, end);
  if (stop === none && marked) stop = upperWordEnd(units, second, end);
  if (stop === none && bare) stop = upperWordEnd(units, start, end);
  return stop;
};

/** End of `[\r\n/]*`. */
const breaksEnd = (units: Uint16Array, start: number, end: number): number => {
  let at = start;
  while (at < end && (units[at] === 10 || units[at] === 13 || units[at] === 0x2f)) at++;
  return at;
};

/**
 * The pattern of o200k: words split where upper case begins, contractions stay with them.
 *
 *     [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
 *     |[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
 *     |\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
 */
export const o200kScanner: Scanner = (units, start, end) => {
  const first = classAt(units, start, end);
  const word = wordEnd(units, start, end, first);
  if (word !== none) return word + contraction(units, word, end, true);
  if ((first & number) !== 0) return numberEnd(units, start, end, 3);
  const second = start + widthOf(first);
  const next = classAt(units, second, end);
  const spaced = units[start] === 0x20 && second < end && (next & (letter | number | space)) === 0;
  if ((first & space) === 0 || spaced)
    return breaksEnd(
      units,
      runEndWithout(units, spaced ? second : start, end, letter | number | space),
      end,
    );
  return spaceOrLinesEnd(units, start, end);
};
