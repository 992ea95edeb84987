import { ArgumentError } from "@adjoint/core";
import { createDataset, type Step } from "../dataset/create-dataset.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { DataError, type DataPosition } from "../errors.ts";
import type { ByteSource } from "../sources/byte-source.ts";
import type { LinePlace } from "./internal/byte-lines.ts";
import { type CsvRecord, csvRecords, type CsvShape } from "./internal/csv-records.ts";
import { decodeText } from "./internal/decode-text.ts";
import { linePlace, orSkip, type Row } from "./internal/line-rows.ts";
import { missingColumn } from "./internal/select-columns.ts";
import { type TextOptions, textSettings, type TextSettings } from "./text-options.ts";

/** How comma-separated values are read. */
export type CsvOptions = TextOptions & {
  /** Between fields, one ASCII character: "," when absent. */
  readonly delimiter?: string;
  /** The names of the columns, when the first row does not have them. */
  readonly header?: readonly string[];
  /** The columns to keep; all when absent. */
  readonly columns?: readonly string[];
};

/** A row of texts by column, without a prototype. */
export type CsvRow = { readonly [column: string]: string };

type Reading = {
  readonly source: ByteSource;
  readonly settings: TextSettings;
  readonly shape: CsvShape;
  readonly options: CsvOptions;
};

const operation = "csvRows";

const positionOf = ({ source }: Reading, { line, byte }: CsvRecord): DataPosition => ({
  source: source.name,
  line,
  byte,
});

/** The texts of a record's fields; throws DataError. */
const fieldsOf = (reading: Reading, record: CsvRecord): readonly string[] => {
  const position = positionOf(reading, record);
  if ("fault" in record) throw new DataError({ operation, ...record.fault }, position);
  const text = decodeText(operation, record.bytes, position, reading.settings.invalid);
  return splitFields(text, reading.options.delimiter ?? ",");
};

/** Fields of a record that is known to be well formed: RFC 4180, and quotes within fields that do not begin with one. */
const splitFields = (text: string, delimiter: string): string[] => {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const isQuoted = text[at] === '"';
    const end = isQuoted ? closingQuote(text, at + 1) + 1 : endOfField(text, at, delimiter);
    fields.push(isQuoted ? text.slice(at + 1, end - 1).replaceAll('""', '"') : text.slice(at, end));
    if (end >= text.length) return fields;
    at = end + 1;
  }
};

const endOfField = (text: string, at: number, delimiter: string): number => {
  const end = text.indexOf(delimiter, at);
  return end === -1 ? text.length : end;
};

const closingQuote = (text: string, start: number): number => {
  let at = text.indexOf('"', start);
  while (text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
};

/** The columns to give out: their names, and their places in a record of `width` fields. */
type Layout = { readonly width: number; readonly columns: readonly (readonly [string, number])[] };

const layoutOf = (names: readonly string[], reading: Reading, position: DataPosition): Layout => {
  const places = new Map(names.map((name, index) => [name, index]));
  if (places.size < names.length)
    throw new DataError(
      {
        operation,
        rule: "columns must have different names",
        got: JSON.stringify(names.find((name, index) => places.get(name) !== index)),
        fix: "name them with header",
      },
      position,
    );
  const columns = (reading.options.columns ?? names).map((name) => {
    const place = places.get(name);
    if (place === undefined) throw missingColumn(operation, name, names, position);
    return [name, place] as const;
  });
  return { width: names.length, columns };
};

const rowOf = (reading: Reading, { width, columns }: Layout, record: CsvRecord): Row<CsvRow> => {
  const fields = fieldsOf(reading, record);
  if (fields.length !== width)
    throw new DataError(
      {
        operation,
        rule: `a row must have ${width} fields, as the header`,
        got: `${fields.length}`,
      },
      positionOf(reading, record),
    );
  const value: { [column: string]: string } = Object.create(null);
  for (const [name, place] of columns) value[name] = fields[place] ?? "";
  return { value };
};

const recordsFrom = ({ source, shape, settings }: Reading, place: LinePlace) =>
  csvRecords(source, place, shape, settings.report);

/** The names in the first row, and where the second one begins; a bad header is no row that could be skipped. */
const readHeader = async (
  reading: Reading,
): Promise<{ readonly layout: Layout; readonly start: LinePlace } | undefined> => {
  for await (const records of recordsFrom(reading, { byte: 0, line: 1 }))
    for (const record of records)
      return {
        layout: layoutOf(fieldsOf(reading, record), reading, positionOf(reading, record)),
        start: { byte: record.end, line: record.endLine },
      };
  return undefined;
};

async function* readRows(reading: Reading, place: LinePlace): AsyncGenerator<Step<CsvRow>> {
  const { header } = reading.options;
  const found =
    header === undefined
      ? await readHeader(reading)
      : { layout: layoutOf(header, reading, {}), start: { byte: 0, line: 1 } };
  if (found === undefined) return;
  const start = place.byte > found.start.byte ? place : found.start;
  for await (const records of recordsFrom(reading, start))
    for (const record of records) {
      const row = orSkip(reading.settings, () => rowOf(reading, found.layout, record));
      const state = { byte: record.end, line: record.endLine };
      if (row !== undefined) yield { value: row.value, state };
    }
}

/**
 * The rows of comma-separated values: RFC 4180, with LF or CR LF at the ends of rows, blank lines passed over, and any
 * delimiter. Quoted fields may hold line ends. Rows are texts by column in objects without a prototype. Readers get
 * DataError with the line and the byte for a quote that is not closed or goes on after it closed, a row of another width, a
 * row that is too long or not UTF-8, unless `onError` says otherwise: after an open quote reading goes on with the next line.
 * A header with a missing or repeated column ends it in any case.
 *
 * ```ts doctest
 * import { bytesSource, collect, csvRows, map, pipe } from "@adjoint/data";
 * const source = bytesSource('name,said\nAda,"Hello, ""world"""\n');
 * await collect(pipe(csvRows(source), map((row) => row["said"]))); // => ['Hello, "world"']
 * ```
 */
export const csvRows = (source: ByteSource, options: CsvOptions = {}): Dataset<CsvRow> => {
  const settings = textSettings(operation, options);
  const { delimiter = "," } = options;
  if (delimiter.length !== 1 || !/[\t\x20-\x7e]/.test(delimiter) || delimiter === '"')
    throw new ArgumentError({
      operation,
      rule: "delimiter must be one ASCII character, and no quote",
      got: JSON.stringify(delimiter),
    });
  const shape = { delimiter: delimiter.charCodeAt(0), maxRowBytes: settings.maxRowBytes };
  const reading = { source, settings, shape, options };
  return createDataset((state) => readRows(reading, linePlace(operation, state)));
};

/**
 * As `csvRows`, with tabs between fields.
 *
 * ```ts doctest
 * import { bytesSource, collect, tsvRows } from "@adjoint/data";
 * const rows = await collect(tsvRows(bytesSource("a\tb\n1\t2\n"), { columns: ["b"] }));
 * rows[0]?.["b"]; // => "2"
 * ```
 */
export const tsvRows = (
  source: ByteSource,
  options: Omit<CsvOptions, "delimiter"> = {},
): Dataset<CsvRow> => csvRows(source, { ...options, delimiter: "\t" });
