import {
  type ColumnChunk,
  type DecodedArray,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type RowGroup,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { DataError, SourceError } from "../../errors.ts";
import type { ByteSource } from "../../sources/byte-source.ts";
import { checkChunk } from "./check-parquet.ts";
import { groupBudget } from "./group-budget.ts";
import { leafPaths } from "./leaf-paths.ts";
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

/**
 * The names of the columns at the top. Fails when the row groups have other columns than the schema: the decoder would
 * start on them and never look at how they end.
 */
const topColumns = (metadata: FileMetaData): string[] => {
  const paths = leafPaths(metadata.schema);
  if (paths.some(([, ...within]) => within.includes("__proto__")))
    throw new Error("a nested field is named __proto__");
  for (const { columns } of metadata.row_groups) {
    const isSame = columns.length === paths.length && columns.every(isAt(paths));
    if (!isSame) throw new Error("a row group has other columns than the schema");
  }
  return [...new Set(paths.map(([top = ""]) => top))];
};

/** Whether a chunk is that of the column at its place. */
const isAt =
  (paths: readonly (readonly string[])[]) =>
  ({ meta_data: chunk }: ColumnChunk, at: number): boolean => {
    const [found = [], path = []] = [chunk?.path_in_schema, paths[at]];
    return found.length === path.length && path.every((name, i) => name === found[i]);
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
  const schema = parquetSchema(file.metadata);
  const budget = groupBudget(file.source.name, limit);
  const rows = Number(group.num_rows);
  for (const { meta_data: chunk } of group.columns) {
    const [top] = chunk?.path_in_schema ?? [];
    if (chunk !== undefined && top !== undefined && file.columns.includes(top))
      await checkChunk(file.source, file.size, chunk, { schema, rows, budget });
  }
};

/** The values of the columns, in the pieces in which they were decoded. */
const columnsOf = async (
  file: ParquetFile,
  group: RowGroup,
): Promise<ReadonlyMap<string, readonly DecodedArray[]>> => {
  const columns = new Map(file.columns.map((name): [string, DecodedArray[]] => [name, []]));
  await parquetRead({
    file: bufferOf(file.source, file.size),
    metadata: { ...file.metadata, row_groups: [group] },
    columns: [...file.columns],
    compressors,
    utf8: false, // bytes that are not said to be text stay bytes
    parsers: { stringFromBytes: (bytes) => strict.decode(bytes) },
    geoparquet: false,
    onChunk: ({ columnName, columnData }) => columns.get(columnName)?.push(columnData),
  });
  return columns;
};

/** Gives the values of a column by row; rows must not go back. */
const valueReader = (pieces: readonly DecodedArray[]): ((row: number) => unknown) => {
  let [piece, start] = [0, 0];
  return (row) => {
    for (let now = pieces[piece]; now !== undefined; now = pieces[++piece]) {
      if (row < start + now.length) return now[row - start];
      start += now.length;
    }
    return undefined;
  };
};

/** The rows of a group, which are made when they are asked for, each after the one before. */
export type GroupRows = {
  readonly count: number;
  readonly rowAt: (row: number) => { readonly [column: string]: unknown };
};

/** The rows of a row group; throws DataError with the first row of the group. */
export const readGroup = async (
  file: ParquetFile,
  index: number,
  limit: number,
): Promise<GroupRows> => {
  const group = file.metadata.row_groups[index];
  try {
    if (group === undefined) throw new Error("there is no such group");
    await checkGroup(file, group, limit);
    const columns = [...(await columnsOf(file, group))];
    const readers = columns.map(([name, pieces]) => [name, valueReader(pieces)] as const);
    const rowAt = (at: number): { readonly [column: string]: unknown } => {
      const row: { [column: string]: unknown } = Object.create(null);
      for (const [name, valueAt] of readers) row[name] = valueAt(at) ?? null;
      return row;
    };
    return { count: Number(group.num_rows), rowAt };
  } catch (cause) {
    const rule = `row group ${index} must be undamaged`;
    throw asDataError(file.source.name, rule, cause, firstRowOf(file, index));
  }
};
