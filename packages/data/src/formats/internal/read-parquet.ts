import { type FileMetaData, parquetMetadataAsync, parquetRead, type RowGroup } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { DataError, SourceError } from "../../errors.ts";
import type { ByteSource } from "../../sources/byte-source.ts";
import { checkChunk } from "./check-parquet.ts";
import { missingColumn } from "./select-columns.ts";

const operation = "parquetRows";

const strict = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A Parquet file whose footer was read. */
export type ParquetFile = {
  readonly source: ByteSource;
  readonly size: number;
  readonly metadata: FileMetaData;
  /** How many row groups there are. */
  readonly groups: number;
  readonly columns: readonly string[];
};

/** What hyparquet reads from. */
type Buffer = {
  readonly byteLength: number;
  readonly slice: (start: number, end?: number) => Promise<ArrayBuffer>;
};

const ownBuffer = (bytes: Uint8Array): ArrayBuffer => {
  const { buffer } = bytes;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  return isWhole ? buffer : Uint8Array.from(bytes).buffer;
};

const bufferOf = (source: ByteSource, size: number): Buffer => ({
  byteLength: size,
  slice: async (start, end = size) => {
    const bytes = await source.slice(start, end);
    if (bytes.length === end - start) return ownBuffer(bytes);
    throw new Error(`only ${bytes.length} of ${end - start} bytes are at ${start}`);
  },
});

/** What a library's failure means to a reader; failures of the source stay what they are. */
const asDataError = (file: string, rule: string, cause: unknown, row?: number): Error => {
  if (cause instanceof DataError || cause instanceof SourceError) return cause;
  const got = cause instanceof Error ? cause.message : String(cause);
  const position = { source: file, ...(row === undefined ? {} : { row }) };
  return new DataError({ operation, rule, got }, position, { cause });
};

const readMetadata = async (
  source: ByteSource,
  size: number,
): Promise<{ readonly metadata: FileMetaData; readonly names: readonly string[] }> => {
  try {
    const metadata = await parquetMetadataAsync(bufferOf(source, size), { geoparquet: false });
    return { metadata, names: topColumns(metadata) };
  } catch (cause) {
    throw asDataError(source.name, "the file must be Parquet with an undamaged footer", cause);
  }
};

/** The paths of the columns that hold values: the schema is a tree in one list, parents before children. */
const leafPaths = ({ schema }: FileMetaData): string[][] => {
  const [root, ...elements] = schema;
  const paths: string[][] = [];
  const open: { readonly path: readonly string[]; left: number }[] = [
    { path: [], left: root?.num_children ?? 0 },
  ];
  for (const { name, num_children: children = 0 } of elements) {
    const parent = open.at(-1);
    if (parent === undefined) throw new Error("the schema has too many elements");
    const path = [...parent.path, name];
    parent.left--;
    if (children > 0) open.push({ path, left: children });
    else paths.push(path);
    while (open.at(-1)?.left === 0) open.pop();
  }
  if (open.length > 0) throw new Error("the schema has too few elements");
  return paths;
};

/**
 * The names of the columns at the top. Fails when the row groups have other columns than the schema: the decoder would
 * start on them and never look at how they end.
 */
const topColumns = (metadata: FileMetaData): string[] => {
  const paths = leafPaths(metadata);
  if (paths.some(([, ...within]) => within.includes("__proto__")))
    throw new Error("a nested field is named __proto__");
  const known = paths.map((path) => JSON.stringify(path));
  if (new Set(known).size < known.length) throw new Error("two columns have the same name");
  for (const { columns } of metadata.row_groups) {
    const found = columns.map((column) => JSON.stringify(column.meta_data?.path_in_schema));
    if (found.length !== known.length || found.some((path, i) => path !== known[i]))
      throw new Error("a row group has other columns than the schema");
  }
  return [...new Set(paths.map(([top = ""]) => top))];
};

/** Reads the footer of a file, and checks that it has the columns; throws DataError. */
export const openParquet = async (
  source: ByteSource,
  wanted: readonly string[] | undefined,
): Promise<ParquetFile> => {
  // a source that does not know its size is one that has to be read through: a compressed one
  const size = (await source.size()) ?? (await measure(source));
  const { metadata, names } = await readMetadata(source, size);
  for (const column of wanted ?? [])
    if (!names.includes(column))
      throw missingColumn(operation, column, names, { source: source.name });
  return { source, size, metadata, groups: metadata.row_groups.length, columns: wanted ?? names };
};

const measure = async (source: ByteSource): Promise<number> => {
  let size = 0;
  for await (const piece of source.stream()) size += piece.length;
  return size;
};

const firstRowOf = ({ metadata }: ParquetFile, group: number): number =>
  metadata.row_groups.slice(0, group).reduce((sum, { num_rows: n }) => sum + Number(n), 0);

const checkGroup = async (file: ParquetFile, group: RowGroup, limit: number): Promise<void> => {
  const { schema } = file.metadata;
  const rows = Number(group.num_rows);
  for (const { meta_data: chunk } of group.columns) {
    const [top] = chunk?.path_in_schema ?? [];
    if (chunk !== undefined && top !== undefined && file.columns.includes(top))
      await checkChunk(file.source, file.size, chunk, { schema, rows, limit });
  }
};

const rowsOf = async (file: ParquetFile, first: number, count: number): Promise<unknown[][]> => {
  let rows: unknown[][] = [];
  await parquetRead({
    file: bufferOf(file.source, file.size),
    metadata: file.metadata,
    columns: [...file.columns],
    rowStart: first,
    rowEnd: first + count,
    compressors,
    utf8: false, // bytes that are not said to be text stay bytes
    parsers: { stringFromBytes: (bytes) => strict.decode(bytes) },
    geoparquet: false,
    onComplete: (found) => {
      rows = found;
    },
  });
  return rows;
};

/** The rows of a row group; throws DataError with the first row of the group. */
export const readGroup = async (
  file: ParquetFile,
  index: number,
  limit: number,
): Promise<{ readonly [column: string]: unknown }[]> => {
  const group = file.metadata.row_groups[index];
  if (group === undefined) return [];
  const first = firstRowOf(file, index);
  try {
    await checkGroup(file, group, limit);
    const rows = await rowsOf(file, first, Number(group.num_rows));
    return rows.map((fields) => {
      const row: { [column: string]: unknown } = Object.create(null);
      file.columns.forEach((column, i) => (row[column] = fields[i] ?? null));
      return row;
    });
  } catch (cause) {
    const rule = `row group ${index} must be undamaged`;
    throw asDataError(file.source.name, rule, cause, first);
  }
};
