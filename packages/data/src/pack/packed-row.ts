import type { Example } from "./example.ts";
import type { Piece } from "./piece.ts";

/** Pieces of several documents one after another. */
export type PackedRow = {
  readonly ids: Int32Array;
  /** 1 for tokens to learn, 0 for tokens to read. */
  readonly trained: Uint8Array;
  /** Tokens of each piece. */
  readonly lengths: Int32Array;
  /** The number of the document that each piece is from. */
  readonly documents: Int32Array;
};

/**
 * The row that the pieces of a plan make of its documents; `firstDocument` is added to their numbers.
 *
 * ```ts doctest
 * import { packRow } from "@adjoint/data";
 * const documents = [{ ids: Int32Array.of(5, 6, 7) }, { ids: Int32Array.of(8) }];
 * const row = packRow(documents, [{ document: 0, start: 1, length: 2 }, { document: 1, start: 0, length: 1 }]);
 * [...row.ids]; // => [6, 7, 8]
 * [...row.lengths]; // => [2, 1]
 * ```
 */
export const packRow = (
  documents: readonly Example[],
  pieces: readonly Piece[],
  firstDocument = 0,
): PackedRow => {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const ids = new Int32Array(size);
  const trained = new Uint8Array(size).fill(1);
  let place = 0;
  for (const { document, start, length } of pieces) {
    const from = documents[document];
    if (from !== undefined) ids.set(from.ids.subarray(start, start + length), place);
    if (from?.trained !== undefined)
      trained.set(from.trained.subarray(start, start + length), place);
    place += length;
  }
  return {
    ids,
    trained,
    lengths: Int32Array.from(pieces, ({ length }) => length),
    documents: Int32Array.from(pieces, ({ document }) => document + firstDocument),
  };
};
