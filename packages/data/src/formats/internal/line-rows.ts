import { createDataset, type Step } from "../../dataset/create-dataset.ts";
import type { Dataset, DatasetState } from "../../dataset/dataset.ts";
import { stateCount, stateFields } from "../../dataset/internal/read-state.ts";
import { DataError, type DataPosition } from "../../errors.ts";
import type { ByteSource } from "../../sources/byte-source.ts";
import type { TextSettings } from "../text-options.ts";
import { type ByteLine, byteLines, type LinePlace } from "./byte-lines.ts";
import { decodeText } from "./decode-text.ts";
import { withoutStacks } from "./without-stacks.ts";

/** The place that a state of a reader of lines tells. */
export const linePlace = (operation: string, state: DatasetState): LinePlace => {
  const fields = stateFields(operation, state);
  if (fields === undefined) return { byte: 0, line: 1 };
  return {
    byte: stateCount(operation, fields, "byte"),
    line: Math.max(1, stateCount(operation, fields, "line")),
  };
};

/** Complains about a row of too many bytes. */
export const tooLong = (settings: TextSettings, position: DataPosition): DataError =>
  new DataError(
    {
      operation: settings.operation,
      rule: `a row must have at most ${settings.maxRowBytes} bytes`,
      fix: "raise maxRowBytes, or skip such rows with onError",
    },
    position,
  );

/** The text of a line; throws DataError. */
export const textOfLine = (settings: TextSettings, source: ByteSource, line: ByteLine): string => {
  const position = { source: source.name, line: line.line, byte: line.byte };
  if (line.bytes === undefined) throw tooLong(settings, position);
  return decodeText(settings.operation, line.bytes, position, settings.invalid);
};

/** What a line becomes: an item, or none. */
export type Row<T> = { readonly value: T } | undefined;

/** `parse()`, or none when it throws a DataError that is not fatal; one that is only told about has no stack, which costs most of it. */
export const orSkip = <T>(settings: TextSettings, parse: () => Row<T>): Row<T> => {
  try {
    return settings.throws ? parse() : withoutStacks(parse);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    settings.report(error);
    return undefined;
  }
};

/** A dataset with at most one item for each line of a source. */
export const lineRows = <T>(
  source: ByteSource,
  settings: TextSettings,
  parse: (text: string, position: DataPosition) => Row<T>,
): Dataset<T> => {
  const rowOf = (line: ByteLine): Row<T> =>
    orSkip(settings, () =>
      parse(textOfLine(settings, source, line), {
        source: source.name,
        line: line.line,
        byte: line.byte,
      }),
    );
  async function* run(place: LinePlace): AsyncGenerator<Step<T>> {
    for await (const lines of byteLines(source, place, settings.maxRowBytes, settings.report))
      for (const line of lines) {
        const row = rowOf(line);
        if (row !== undefined)
          yield { value: row.value, state: { byte: line.end, line: line.line + 1 } };
      }
  }
  return createDataset((state) => run(linePlace(settings.operation, state)));
};
