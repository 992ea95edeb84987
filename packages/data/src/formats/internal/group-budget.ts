import { DataError } from "../../errors.ts";

/** What a row group may still become in memory. It is asked before anything is decoded, so that few bytes cannot become many. */
export type GroupBudget = {
  /** Fails with DataError when fewer bytes are left. */
  readonly need: (bytes: number, column: string) => void;
  /** Takes bytes away, or fails as `need` does. */
  readonly spend: (bytes: number, column: string) => void;
};

/** A budget of `limit` bytes for a row group of a source, all columns together. */
export const groupBudget = (source: string, limit: number): GroupBudget => {
  let spent = 0;
  const need = (bytes: number, column: string): void => {
    if (spent + bytes <= limit) return;
    throw new DataError(
      {
        operation: "parquetRows",
        rule: `a row group must take at most ${limit} bytes of memory`,
        got: `${spent + bytes} with what is known of column ${column}`,
        fix: "raise maxGroupBytes, read fewer columns, or write smaller row groups",
      },
      { source },
    );
  };
  const spend = (bytes: number, column: string): void => {
    need(bytes, column);
    spent += bytes;
  };
  return { need, spend };
};
