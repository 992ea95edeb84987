import type { Dataset } from "../dataset/dataset.ts";
import { DataError, type DataPosition } from "../errors.ts";
import type { ByteSource } from "../sources/byte-source.ts";
import { type Json, type JsonObject, parseJson } from "./internal/parse-json.ts";
import { lineRows } from "./internal/line-rows.ts";
import { selectColumns } from "./internal/select-columns.ts";
import { type TextOptions, textSettings } from "./text-options.ts";

/** How JSON Lines are read. */
export type JsonLinesOptions = TextOptions & {
  /** The keys to keep, all of which every row must have; all keys when absent. */
  readonly columns?: readonly string[];
};

const isObject = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const objectOf = (operation: string, value: Json, position: DataPosition): JsonObject => {
  if (isObject(value)) return value;
  throw new DataError(
    {
      operation,
      rule: "every line must be a JSON object",
      got: JSON.stringify(value).slice(0, 80),
    },
    position,
  );
};

/**
 * The rows of a JSON Lines file: one object a line; blank lines are passed over. Objects have no prototype, so that no key
 * means anything but itself. Readers get DataError with the line and the byte for what is not JSON, not an object, nested
 * deeper than 500, too long, not UTF-8, or lacks a column, unless `onError` says otherwise.
 *
 * ```ts doctest
 * import { bytesSource, collect, jsonLines, map, pipe } from "@adjoint/data";
 * const source = bytesSource('{"text":"one","id":1}\n{"text":"two","id":2}\n');
 * await collect(pipe(jsonLines(source), map(({ text }) => text))); // => ["one", "two"]
 * ```
 */
export const jsonLines = (
  source: ByteSource,
  options: JsonLinesOptions = {},
): Dataset<JsonObject> => {
  const operation = "jsonLines";
  const { columns } = options;
  return lineRows(source, textSettings(operation, options), (text, position) => {
    if (text.trim() === "") return undefined;
    const row = objectOf(operation, parseJson(operation, text, position), position);
    const value = columns === undefined ? row : selectColumns(operation, row, columns, position);
    return { value };
  });
};
