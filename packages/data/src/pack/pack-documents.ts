import type { Example } from "./example.ts";
import { type PackedRow, packRow } from "./packed-row.ts";
import { type PackingOptions, planPacking } from "./plan-packing.ts";

/**
 * Documents as packed rows, all at once: `planPacking` with their lengths, then `packRow`.
 *
 * ```ts doctest
 * import { packDocuments } from "@adjoint/data";
 * const ids = [[1, 2, 3, 4, 5], [6, 7], [8, 9, 10, 11], [12]].map((list) => ({ ids: Int32Array.from(list) }));
 * const rows = packDocuments(ids, { length: 4, strategy: "bfd_split" });
 * rows.map((row) => [...row.ids]); // => [[1, 2, 3, 4], [8, 9, 10, 11], [6, 7, 5, 12]]
 * ```
 */
export const packDocuments = (
  documents: readonly Example[],
  options: PackingOptions,
): readonly PackedRow[] => {
  const lengths = documents.map(({ ids }) => ids.length);
  return planPacking(lengths, options).map((pieces) => packRow(documents, pieces));
};
