import { intSet } from "./internal/int-set.ts";
import { type NumberQueue, numberQueue } from "./internal/number-queue.ts";
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
  const rows: Piece[][] = [];
  const spaces = intSet(length);
  const rowsWith = new Map<number, NumberQueue>();
  const take = (space: number): number => {
    const queue = rowsWith.get(space);
    const row = queue?.shift() ?? -1;
    if (queue?.isEmpty() !== false) {
      spaces.remove(space);
      rowsWith.delete(space);
    }
    return row;
  };
  const give = (space: number, row: number): void => {
    const queue = rowsWith.get(space) ?? numberQueue();
    queue.push(row);
    rowsWith.set(space, queue);
    spaces.add(space);
  };
  for (const piece of longestFirst(piecesOf(lengths, length, split))) {
    const space = spaces.atLeast(piece.length);
    const row = space === -1 ? rows.push([]) - 1 : take(space);
    rows[row]?.push(piece);
    const rest = (space === -1 ? length : space) - piece.length;
    if (rest > 0) give(rest, row);
  }
  return rows;
};
