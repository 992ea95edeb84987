import { ArgumentError } from "@adjoint/core";
import type { DataError } from "../errors.ts";

/**
 * What becomes of a row that is not what it should be: "throw" ends the reading with the error, "skip" leaves the row out,
 * a function is told the error and the row is left out.
 */
export type OnError = "throw" | "skip" | ((error: DataError) => void);

/** Counts the rows that were left out, and keeps the first errors. */
export type ErrorTally = {
  /** To be passed as `onError`, to any number of readers. */
  readonly onError: (error: DataError) => void;
  /** How many rows were left out. */
  readonly total: () => number;
  /** How many rows were left out in each source. */
  readonly bySource: () => ReadonlyMap<string, number>;
  /** The first errors. */
  readonly first: () => readonly DataError[];
};

/**
 * Skips bad rows and keeps count of them. Rows that are read again to resume are counted again.
 *
 * ```ts doctest
 * import { bytesSource, collect, errorTally, jsonLines } from "@adjoint/data";
 * const bad = errorTally();
 * const rows = jsonLines(bytesSource('{"a":1}\n{"a":\n{"a":3}\n'), { onError: bad.onError });
 * (await collect(rows)).length; // => 2
 * bad.total(); // => 1
 * bad.first()[0]?.position; // => { source: "bytes", line: 2, byte: 8 }
 * ```
 */
export const errorTally = ({ keep = 10 }: { readonly keep?: number } = {}): ErrorTally => {
  const counts = new Map<string, number>();
  const errors: DataError[] = [];
  let total = 0;
  return {
    onError: (error) => {
      const source = error.position.source ?? "";
      total++;
      counts.set(source, (counts.get(source) ?? 0) + 1);
      if (errors.length < keep) errors.push(error);
    },
    total: () => total,
    bySource: () => counts,
    first: () => errors,
  };
};

/** What to do with an error that `onError` is asked about. */
export const errorHandler = (operation: string, onError: OnError): ((error: DataError) => void) => {
  if (typeof onError === "function") return onError;
  if (onError === "skip") return () => undefined;
  if (onError === "throw")
    return (error) => {
      throw error;
    };
  throw new ArgumentError({
    operation,
    rule: 'onError must be "throw", "skip" or a function',
    got: typeof onError,
  });
};
