import { ArgumentError } from "@adjoint/core";
import type { PackedRow } from "../pack/packed-row.ts";
import { checkRowLength } from "../pack/plan-packing.ts";
import { ignoreIndex as defaultIgnoreIndex } from "./ignore-index.ts";

/** Settings of `packedBatch`. */
export type PackedBatchOptions = {
  /** Inputs per row, T. A row may have one token more, which is then only a target. */
  readonly length: number;
  /** The id that fills rows up; 0 when absent: where it stands nothing is attended to and nothing counts. */
  readonly padId?: number;
  /** The target of places that do not count; -100 when absent. */
  readonly ignoreIndex?: number;
  /**
   * `kept` (when absent): documents of a row do not see each other, positions start again, and the first token of a
   * document is nobody's target. `ignored`: a row is one text.
   */
  readonly boundaries?: "kept" | "ignored";
};

/** Rows of tokens with what attention and the loss must know; all arrays (B, T) in row-major order. */
export type PackedBatch = {
  readonly shape: readonly [number, number];
  readonly inputs: Int32Array;
  /** The token after each input, where it is of the same document and to be learned. */
  readonly targets: Int32Array;
  /** 1 for a row's first document, 2 for its second …, 0 for padding: tokens see their own number only. */
  readonly segments: Int32Array;
  /** Place of each token in its piece, from 0. */
  readonly positions: Int32Array;
  /** The number of the document of each token, -1 for padding. */
  readonly documents: Int32Array;
  /** Targets that count. */
  readonly trainedTokens: number;
};

/** Segment of each token of a row, its place in the segment, and its document. */
const layOut = (row: PackedRow, kept: boolean) => {
  const size = row.ids.length;
  const [segments, positions, documents] = [
    new Int32Array(size).fill(1),
    Int32Array.from({ length: size }, (_, i) => i),
    new Int32Array(size),
  ];
  let end = 0;
  row.lengths.forEach((length, piece) => {
    const start = end;
    end += length;
    documents.fill(row.documents[piece] ?? -1, start, end);
    if (!kept) return;
    segments.fill(piece + 1, start, end);
    for (let i = start; i < end; i++) positions[i] = i - start;
  });
  return { segments, positions, documents };
};

const checkRows = (rows: readonly PackedRow[], length: number): void => {
  checkRowLength("packedBatch", length);
  const bad = rows.findIndex(({ ids }) => ids.length > length + 1);
  if (bad !== -1)
    throw new ArgumentError({
      operation: "packedBatch",
      rule: `rows have at most ${length} tokens, and one more as the last target`,
      got: `${rows[bad]?.ids.length} in row ${bad}`,
      fix: "pack with this length, or this length + 1",
    });
};

/**
 * Packed rows as one batch: inputs and targets, and the segments and positions that keep documents apart. With rows of
 * length T + 1 every input has a target, as in nanochat; with rows of length T the last input of a row has none.
 * Throws ArgumentError for a row that is too long.
 *
 * ```ts doctest
 * import { packDocuments, packedBatch } from "@adjoint/data";
 * const documents = [[5, 6, 7], [8, 9]].map((ids) => ({ ids: Int32Array.from(ids) }));
 * const batch = packedBatch(packDocuments(documents, { length: 6 }), { length: 6 });
 * [...batch.inputs]; // => [5, 6, 7, 8, 9, 0]
 * [...batch.targets]; // => [6, 7, -100, 9, -100, -100]
 * [...batch.segments]; // => [1, 1, 1, 2, 2, 0]
 * [...batch.positions]; // => [0, 1, 2, 0, 1, 0]
 * ```
 */
export const packedBatch = (
  rows: readonly PackedRow[],
  options: PackedBatchOptions,
): PackedBatch => {
  const { length, padId = 0, ignoreIndex = defaultIgnoreIndex, boundaries = "kept" } = options;
  checkRows(rows, length);
  const size = rows.length * length;
  const inputs = new Int32Array(size).fill(padId);
  const targets = new Int32Array(size).fill(ignoreIndex);
  const [segments, positions] = [new Int32Array(size), new Int32Array(size)];
  const documents = new Int32Array(size).fill(-1);
  let trainedTokens = 0;
  rows.forEach((row, r) => {
    const first = r * length;
    const laid = layOut(row, boundaries === "kept");
    inputs.set(row.ids.subarray(0, length), first);
    segments.set(laid.segments.subarray(0, length), first);
    positions.set(laid.positions.subarray(0, length), first);
    documents.set(laid.documents.subarray(0, length), first);
    for (let t = 0; t < Math.min(length, row.ids.length - 1); t++) {
      if (row.trained[t + 1] !== 1 || laid.segments[t] !== laid.segments[t + 1]) continue;
      targets[first + t] = row.ids[t + 1] ?? ignoreIndex;
      trainedTokens++;
    }
  });
  return {
    shape: [rows.length, length],
    inputs,
    targets,
    segments,
    positions,
    documents,
    trainedTokens,
  };
};
