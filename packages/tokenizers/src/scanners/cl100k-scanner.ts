import { letter, lineBreak, number, space, unitClasses } from "./character-classes.ts";
import { contraction } from "./contraction.ts";
import { classAt, runEnd, runEndWithout, spaceOrLinesEnd, widthOf } from "./runs.ts";
import type { Scanner } from "./scanner.ts";

/** End of up to `most` numbers, the first of which is at `start`. */
export const numberEnd = (units: Uint16Array, start: number, end: number, most: number): number => {
  let at = start;
  for (let count = 0; count < most; count++) {
    const classes = classAt(units, at, end);
    if ((classes & number) === 0) break;
    at += widthOf(classes);
  }
  return at;
};

/** End of `[\r\n]*`. */
const lineBreaksEnd = (units: Uint16Array, start: number, end: number): number => {
  const table = unitClasses();
  let at = start;
  while (at < end && ((table[units[at] ?? 0] ?? 0) & lineBreak) !== 0) at++;
  return at;
};

/**
 * The pattern of cl100k, with up to `digits` numbers in a piece: 3 in cl100k and Llama 3, 1 in Qwen.
 *
 *     (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
 *
 * With `wholeEnd`, white space at the end of the text is one piece, as tiktoken's `\s++$` has it.
 */
export const cl100kScanner =
  (digits: number, wholeEnd: boolean): Scanner =>
  (units, start, end) => {
    const first = classAt(units, start, end);
    if ((first & letter) !== 0) return runEnd(units, start, end, letter);
    const short = contraction(units, start, end, true);
    if (short > 0) return start + short;
    if ((first & number) !== 0) return numberEnd(units, start, end, digits);
    const second = start + widthOf(first);
    const next = classAt(units, second, end);
    if ((first & lineBreak) === 0 && (next & letter) !== 0)
      return runEnd(units, second, end, letter);
    const blank = (first & space) !== 0;
    const spaced = units[start] === 0x20 && second < end && (next & (number | space)) === 0;
    if (!blank || spaced)
      return lineBreaksEnd(
        units,
        runEndWithout(units, spaced ? second : start, end, letter | number | space),
        end,
      );
    if (wholeEnd && runEnd(units, start, end, space) === end) return end;
    return spaceOrLinesEnd(units, start, end);
  };
