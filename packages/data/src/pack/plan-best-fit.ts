import { intSet } from "./internal/int-set.ts";
import { rowQueues } from "./internal/row-queues.ts";
import type { Piece } from "./piece.ts";

/** Every document cut into pieces of at most `length`: all of them, or only the first. */
const piecesOf = (lengths: ArrayLike<number>, length: number, split: boolean): Piece[] => {
  const pieces: Piece[] = [];
  for (let document = 0; document < lengths.length; document++) {
    const whole = lengths[document] ?? 0;
    const end = split ? whole : Math.min(whole, length);
    for (let start = 0; start < end; start += length)
      pieces.push({ document, start, length: Math.min(length, end - start) });
  }
  return pieces;
};

/** Longest first, otherwise in order: a counting sort. */
const longestFirst = (pieces: readonly Piece[]): Piece[] => {
  const byLength = new Map<number, Piece[]>();
  for (const piece of pieces) {
    const same = byLength.get(piece.length);
    if (same === undefined) byLength.set(piece.length, [piece]);
    else same.push(piece);
  }
  return [...byLength.keys()].sort((a, b) => b - a).flatMap((size) => byLength.get(size) ?? []);
};

/**
 * Each piece goes to the fullest row that has room for it, and of equally full rows to the one that became so first:
 * the order of TRL's `_pack_bfd`, which keeps a queue of rows for each amount of space.
 */
export const planBestFit = (
  lengths: ArrayLike<number>,
  length: number,
  split: boolean,
): Piece[][] => {
  const pieces = longestFirst(piecesOf(lengths, length, split));
  const rows: Piece[][] = [];
  const spaces = intSet(length);
  const queues = rowQueues(length, pieces.length);
  for (const piece of pieces) {
    const space = spaces.atLeast(piece.length);
    const row = space === -1 ? rows.push([]) - 1 : queues.shift(space);
    if (space !== -1 && queues.isEmpty(space)) spaces.remove(space);
    rows[row]?.push(piece);
    const rest = (space === -1 ? length : space) - piece.length;
    if (rest === 0) continue;
    queues.push(rest, row);
    spaces.add(rest);
  }
  return rows;
};
