import { letter, number, space } from "./character-classes.ts";
import { contraction } from "./contraction.ts";
import { classAt, runEnd, runEndWithout, spaceEnd } from "./runs.ts";
import type { Scanner } from "./scanner.ts";

/** `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, of GPT-2 and what followed it. */
export const gpt2Scanner: Scanner = (units, start, end) => {
  const short = contraction(units, start, end, false);
  if (short > 0) return start + short;
  const spaced = units[start] === 0x20 && start + 1 < end;
  const next = classAt(units, spaced ? start + 1 : start, end);
  const from = spaced && (next & space) === 0 ? start + 1 : start;
  if ((next & letter) !== 0) return runEnd(units, from, end, letter);
  if ((next & number) !== 0) return runEnd(units, from, end, number);
  if ((next & space) !== 0) return spaceEnd(units, start, end);
  if (from === start && (classAt(units, start, end) & space) !== 0)
    return spaceEnd(units, start, end);
  return runEndWithout(units, from, end, letter | number | space);
};
