import { DataError, type DataPosition } from "../../errors.ts";

/** Complains that a column is not there. */
export const missingColumn = (
  operation: string,
  column: string,
  names: readonly string[],
  position: DataPosition,
): DataError => {
  const some = names.slice(0, 20).map((name) => JSON.stringify(name));
  return new DataError(
    {
      operation,
      rule: `needs the column ${JSON.stringify(column)}`,
      got: `${some.join(", ")}${names.length > some.length ? ", …" : ""}`,
      fix: "check the spelling of columns",
    },
    position,
  );
};

/** The named columns of a row, as an object without a prototype; throws DataError for one that is not there. */
export const selectColumns = <T>(
  operation: string,
  row: { readonly [key: string]: T },
  columns: readonly string[],
  position: DataPosition,
): { readonly [key: string]: T } => {
  const selected: { [key: string]: T } = Object.create(null);
  for (const column of columns) {
    if (!Object.hasOwn(row, column))
      throw missingColumn(operation, column, Object.keys(row), position);
    selected[column] = row[column] as T;
  }
  return selected;
};
