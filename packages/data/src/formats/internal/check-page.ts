import type { ColumnMetaData, PageHeader } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { decompressPage } from "hyparquet/src/datapage.js";
import { checkRuns, type Span } from "./check-runs.ts";
import { checkValues, type ValueRules } from "./check-values.ts";

/** What the pages of a column must fit. */
export type PageRules = ValueRules & {
  readonly codec: ColumnMetaData["codec"];
  /** The highest definition and repetition levels that the schema allows. */
  readonly maxDefinition: number;
  readonly maxRepetition: number;
};

const spanOf = (bytes: Uint8Array): Span => ({ bytes, at: 0, end: bytes.length });

/** Reads levels, each at most `most`; how many are `wanted`. */
const countLevels = (span: Span, count: number, most: number, wanted: number): number => {
  let found = 0;
  checkRuns(span, 32 - Math.clz32(most), count, (level, times) => {
    if (level > most) throw new Error(`a level of ${level} where ${most} is the highest`);
    if (level === wanted) found += times;
  });
  return found;
};

/** The levels at `at` behind their length in four bytes. */
const withLength = (bytes: Uint8Array, at: number): Span => {
  if (at + 4 > bytes.length) throw new Error("a page is too short for its levels");
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
  if (length > bytes.length - at - 4)
    throw new Error(`levels of ${length} bytes, and there are ${bytes.length - at - 4}`);
  return { bytes, at: at + 4, end: at + 4 + length };
};

type Counts = { readonly rows: number; readonly values: number };

const checkFirstVersion = (bytes: Uint8Array, header: PageHeader, rules: PageRules): Counts => {
  const { num_values: count = 0, encoding = "" } = header.data_page_header ?? {};
  const page = decompressPage(bytes, header.uncompressed_page_size, rules.codec, compressors);
  let [at, rows, values] = [0, count, count];
  if (rules.maxRepetition > 0) {
    const span = withLength(page, at);
    rows = countLevels(span, count, rules.maxRepetition, 0);
    at = span.end;
  }
  if (rules.maxDefinition > 0) {
    const span = withLength(page, at);
    values = countLevels(span, count, rules.maxDefinition, rules.maxDefinition);
    at = span.end;
  }
  checkValues(encoding, { ...spanOf(page), at }, values, rules);
  return { rows, values: count };
};

const checkSecondVersion = (bytes: Uint8Array, header: PageHeader, rules: PageRules): Counts => {
  const head = header.data_page_header_v2;
  if (head === undefined) return { rows: 0, values: 0 };
  const { num_values: count, repetition_levels_byte_length: first } = head;
  const start = first + head.definition_levels_byte_length;
  const rows =
    rules.maxRepetition === 0
      ? count
      : countLevels({ bytes, at: 0, end: first }, count, rules.maxRepetition, 0);
  const values =
    rules.maxDefinition === 0
      ? count
      : countLevels(
          { bytes, at: first, end: start },
          count,
          rules.maxDefinition,
          rules.maxDefinition,
        );
  if (values !== count - head.num_nulls)
    throw new Error(`num_nulls is ${head.num_nulls}, and there are ${count - values}`);
  const size = header.uncompressed_page_size - start;
  if (size < 0)
    throw new Error(`levels of ${start} bytes in a page of ${header.uncompressed_page_size}`);
  const isPacked = head.is_compressed !== false && size > 0;
  const rest = bytes.subarray(start);
  const page = isPacked ? decompressPage(rest, size, rules.codec, compressors) : rest;
  checkValues(head.encoding, spanOf(page), values, rules);
  return { rows, values: count };
};

/**
 * Fails when the levels, runs and values of a page of data are not as many as it says, or do not fit the schema or the dictionary. How
 * many rows begin in it, and how many values it has, nulls among them.
 */
export const checkPage = (bytes: Uint8Array, header: PageHeader, rules: PageRules): Counts =>
  header.data_page_header === undefined
    ? checkSecondVersion(bytes, header, rules)
    : checkFirstVersion(bytes, header, rules);

/** What an entry takes in a list, besides its bytes. */
const entryBytes = 32;

/** Fails when a dictionary has fewer entries than it says. */
export const checkDictionary = (
  bytes: Uint8Array,
  header: PageHeader,
  rules: PageRules,
): number => {
  const count = header.dictionary_page_header?.num_values ?? 0;
  rules.spend(count * entryBytes);
  const page = decompressPage(bytes, header.uncompressed_page_size, rules.codec, compressors);
  checkValues("PLAIN", spanOf(page), count, rules);
  return count;
};
