import { createDataset, type Step } from "../dataset/create-dataset.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { wholeNumber } from "../dataset/internal/settings.ts";
import { stateCount, stateFields } from "../dataset/internal/read-state.ts";
import type { ByteSource } from "../sources/byte-source.ts";
import { openParquet, readGroup } from "./internal/read-parquet.ts";
import { errorHandler, type OnError } from "./on-error.ts";
import { orReport } from "./internal/or-report.ts";

/** How Parquet is read. */
export type ParquetOptions = {
  /** The columns to read; the bytes of others are not fetched. All when absent. */
  readonly columns?: readonly string[];
  /**
   * Row groups that would take more memory are errors, before they are decoded; 1 GiB when absent. Counted are the decompressed bytes
   * of the columns read, and 32 bytes for each value, nulls too: 16 more for each level that it is nested, 64 more for bytes.
   */
  readonly maxGroupBytes?: number;
  /** What becomes of row groups that cannot be read; "throw" when absent. A bad footer ends the reading in any case. */
  readonly onError?: OnError;
};

/**
 * A row by column, without a prototype: numbers, bigints (64-bit integers), texts, booleans, Dates, Uint8Arrays, nulls, and
 * lists and objects of these.
 */
export type ParquetRow = { readonly [column: string]: unknown };

/**
 * The rows of a Parquet file, one row group after another: all encodings and compressions but LZO, nested columns. Only
 * the bytes of a group's columns are fetched, so an address is read by ranges. A state is a row group and a row.
 * Readers get DataError for damaged files, for offsets and lengths that lie, and for columns that are not there.
 *
 * ```ts doctest
 * import { bytesSource, collect, parquetRows } from "@adjoint/data";
 * await collect(parquetRows(bytesSource("PAR1 but no more"))); // throws must be Parquet
 * ```
 */
export const parquetRows = (
  source: ByteSource,
  { columns, maxGroupBytes = 2 ** 30, onError = "throw" }: ParquetOptions = {},
): Dataset<ParquetRow> => {
  const limit = wholeNumber("parquetRows", "maxGroupBytes", maxGroupBytes, 1);
  const report = errorHandler("parquetRows", onError);
  async function* run(first: number, skip: number): AsyncGenerator<Step<ParquetRow>> {
    const file = await openParquet(source, columns);
    let start = skip;
    for (let group = first; group < file.groups; group++) {
      const rows = await orReport(report, () => readGroup(file, group, limit));
      if (rows !== undefined)
        for (let row = start; row < rows.count; row++)
          yield { value: rows.rowAt(row), state: { group, row: row + 1 } };
      start = 0;
    }
  }
  return createDataset((state) => {
    const fields = stateFields("parquetRows", state);
    return run(
      stateCount("parquetRows", fields, "group"),
      stateCount("parquetRows", fields, "row"),
    );
  });
};
