import type { Piece } from "./piece.ts";

/** All documents in a line, cut every `length` tokens; the last row may be shorter. */
export const planWrapped = (lengths: ArrayLike<number>, length: number): Piece[][] => {
  const rows: Piece[][] = [];
  let row: Piece[] = [];
  let space = length;
  for (let document = 0; document < lengths.length; document++) {
    const end = lengths[document] ?? 0;
    for (let start = 0; start < end;) {
      const taken = Math.min(space, end - start);
      row.push({ document, start, length: taken });
      start += taken;
      space -= taken;
      if (space > 0) continue;
      rows.push(row);
      [row, space] = [[], length];
    }
  }
  if (row.length > 0) rows.push(row);
  return rows;
};
