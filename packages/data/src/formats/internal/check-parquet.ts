import type { ColumnMetaData } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { DataError } from "../../errors.ts";
import type { ByteSource } from "../../sources/byte-source.ts";

const operation = "parquetRows";

/** Fails unless a number that a file states is whole and within bounds. */
const within = (what: string, value: number, least: number, most: number): number => {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${what} is ${value}, and must be from ${least} to ${most}`);
};

type Range = { readonly start: number; readonly end: number };

const rangeOf = (chunk: ColumnMetaData, size: number): Range => {
  const data = within("data_page_offset", Number(chunk.data_page_offset), 0, size);
  const dictionary = Number(chunk.dictionary_page_offset ?? 0);
  const start = within(
    "dictionary_page_offset",
    dictionary === 0 ? data : Math.min(dictionary, data),
    0,
    size,
  );
  const length = within(
    "total_compressed_size",
    Number(chunk.total_compressed_size),
    0,
    size - start,
  );
  return { start, end: start + length };
};

/** Walks over the headers of a chunk's pages, whose sizes a decoder allocates and whose counts it loops over. */
const checkPages = (bytes: Uint8Array, values: number, limit: number): void => {
  const reader = {
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    offset: 0,
  };
  let seen = 0;
  while (reader.offset < bytes.length - 1 && seen < values) {
    const header = parquetHeader(reader);
    within("compressed_page_size", header.compressed_page_size, 0, bytes.length - reader.offset);
    const size = within("uncompressed_page_size", header.uncompressed_page_size, 0, limit);
    reader.offset += header.compressed_page_size;
    const data = header.data_page_header ?? header.data_page_header_v2;
    if (data !== undefined) seen += within("num_values", data.num_values, 0, values - seen);
    const { dictionary_page_header: dictionary } = header;
    if (dictionary !== undefined)
      within("num_values of a dictionary", dictionary.num_values, 0, size);
    const levels = header.data_page_header_v2;
    if (levels === undefined) continue;
    within("num_rows", levels.num_rows, 0, levels.num_values);
    const bytesOfLevels =
      levels.definition_levels_byte_length + levels.repetition_levels_byte_length;
    within("the length of levels", bytesOfLevels, 0, header.compressed_page_size);
  }
};

/**
 * Fails when a column chunk lies about its place, its sizes or its counts, before a decoder believes it. `rows` is how many
 * rows its group has, and `limit` the most bytes that it may be.
 */
export const checkChunk = async (
  source: ByteSource,
  size: number,
  chunk: ColumnMetaData,
  rows: number,
  limit: number,
): Promise<void> => {
  within("num_rows", rows, 0, 2 ** 31);
  const uncompressed = Number(chunk.total_uncompressed_size);
  if (uncompressed > limit)
    throw new DataError(
      {
        operation,
        rule: `a row group must have at most ${limit} bytes`,
        got: `${uncompressed} in column ${chunk.path_in_schema.join(".")}`,
        fix: "raise maxGroupBytes, read fewer columns, or write smaller row groups",
      },
      { source: source.name },
    );
  const { start, end } = rangeOf(chunk, size);
  const values = within("num_values", Number(chunk.num_values), 0, 2 ** 31);
  if (values > 0) checkPages(await source.slice(start, end), values, Math.max(uncompressed, 1));
};
