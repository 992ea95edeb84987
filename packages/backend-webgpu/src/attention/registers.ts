/** 0, 1, ... count - 1. */
export const range = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => i);

/** A line of code for each of `count`. */
export const each = (count: number, line: (i: number) => string): string =>
  range(count).map(line).join("\n");

/** A line of code for each row and each column. */
export const eachPair = (
  rows: number,
  columns: number,
  line: (r: number, c: number) => string,
): string => each(rows, (r) => each(columns, (c) => line(r, c)));

/** vec4<u32>(n), WGSL's spelling of one number for four lanes. */
export const four = (n: string): string => `vec4<u32>(${n})`;
