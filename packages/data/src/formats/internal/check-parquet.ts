import type { ColumnMetaData, PageHeader, SchemaTree } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getTreePath } from "hyparquet/src/schema.js";
import type { ByteSource } from "../../sources/byte-source.ts";
import { checkDictionary, checkPage, type PageRules } from "./check-page.ts";
import type { GroupBudget } from "./group-budget.ts";

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

/** Bytes that stay bytes are a Uint8Array each. */
const viewBytes = 64;

/** What the schema and the footer say of a chunk. */
const rulesOf = (
  chunk: ColumnMetaData,
  schema: SchemaTree,
  spend: (bytes: number) => void,
): PageRules => {
  const path = getTreePath(schema, chunk.path_in_schema);
  const leaf = path.at(-1)?.element;
  const isText = leaf?.converted_type === "UTF8" || leaf?.logical_type?.type === "STRING";
  const isView = chunk.type.endsWith("BYTE_ARRAY") && !isText;
  return {
    type: chunk.type,
    codec: chunk.codec,
    fixedLength: leaf?.type_length,
    maxDefinition: getMaxDefinitionLevel(path),
    maxRepetition: getMaxRepetitionLevel(path),
    dictionary: undefined,
    entryBytes: isView ? viewBytes : 0,
    spend,
  };
};

/** Fails when the sizes and counts in the head of a page lie. */
const checkHeader = (header: PageHeader, left: Left): void => {
  within("compressed_page_size", header.compressed_page_size, 0, left.bytes);
  const size = within("uncompressed_page_size", header.uncompressed_page_size, 0, 2 ** 31);
  const { dictionary_page_header: dictionary, data_page_header_v2: levels } = header;
  const data = header.data_page_header ?? levels;
  if (data !== undefined) within("num_values", data.num_values, 0, left.values);
  if (dictionary !== undefined)
    within("num_values of a dictionary", dictionary.num_values, 0, size);
  if (levels === undefined) return;
  within("num_rows", levels.num_rows, 0, levels.num_values);
  within("num_nulls", levels.num_nulls, 0, levels.num_values);
  const first = within("the length of levels", levels.repetition_levels_byte_length, 0, left.bytes);
  const most = header.compressed_page_size - first;
  within("the length of levels", levels.definition_levels_byte_length, 0, most);
};

type Left = { readonly bytes: number; readonly values: number };

/**
 * Walks over a chunk's pages, whose sizes a decoder allocates and whose counts and runs it loops over: each must be as long as it says,
 * and all together must have the `values` of the chunk and the `rows` of its group.
 */
const checkPages = (
  bytes: Uint8Array,
  { values, rows }: { readonly values: number; readonly rows: number },
  rules: PageRules,
): void => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = { view, offset: 0 };
  let [seen, begun] = [0, 0];
  let { dictionary } = rules;
  while (reader.offset < bytes.length - 1 && seen < values) {
    const header = parquetHeader(reader);
    checkHeader(header, { bytes: bytes.length - reader.offset, values: values - seen });
    rules.spend(header.uncompressed_page_size);
    const end = reader.offset + header.compressed_page_size;
    const page = bytes.subarray(reader.offset, end);
    reader.offset = end;
    if (header.dictionary_page_header !== undefined)
      dictionary = checkDictionary(page, header, rules);
    else {
      const counts = checkPage(page, header, { ...rules, dictionary });
      seen += counts.values;
      begun += counts.rows;
    }
  }
  within("the number of values in pages", seen, values, values);
  within("the number of rows in pages", begun, rows, rows);
};

/** What a chunk is checked against. */
type Group = {
  readonly schema: SchemaTree;
  /** How many rows the group has. */
  readonly rows: number;
  readonly budget: GroupBudget;
};

/** What a value takes while it is decoded: its levels and its places, and an object or a list for each level of the schema. */
const valueBytes = (levels: number): number => 16 + 16 * levels;

/** Fails when a column chunk lies about its place, its sizes or its counts, or takes too much memory, before a decoder believes it. */
export const checkChunk = async (
  source: ByteSource,
  size: number,
  chunk: ColumnMetaData,
  { schema, rows, budget }: Group,
): Promise<void> => {
  within("num_rows", rows, 0, 2 ** 31);
  const { start, end } = rangeOf(chunk, size);
  const values = within("num_values", Number(chunk.num_values), rows === 0 ? 0 : 1, 2 ** 31);
  const column = chunk.path_in_schema.join(".");
  const spend = (bytes: number): void => budget.spend(bytes, column);
  spend(Math.max(rows, values) * valueBytes(chunk.path_in_schema.length));
  if (values === 0) return;
  const most = Math.max(end - start, Number(chunk.total_uncompressed_size));
  budget.need(most, column);
  const bytes = await source.slice(start, end);
  checkPages(bytes, { values, rows }, rulesOf(chunk, schema, spend));
};
