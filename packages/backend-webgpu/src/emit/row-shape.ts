import type { RowSpace } from "../plan/space.ts";

/** How rows are spread over invocations. */
export type RowShape = {
  /** Rows of a workgroup. */
  readonly rows: number;
  /** Invocations that share a row. */
  readonly lanes: number;
  /** Workgroups that share a row, each with a part of its columns; their results are reduced by a second kernel. */
  readonly splits: number;
};

const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, n)));
const between = (low: number, n: number, high: number): number => Math.max(low, Math.min(n, high));

/** On a CPU barriers cost more than they save: an invocation for each row. */
const onProcessor = ({ rows, columns }: RowSpace, canSplit: boolean): RowShape => {
  const wanted = Math.ceil(256 / rows);
  const splits = canSplit ? between(1, Math.min(wanted, Math.ceil(columns / 64)), 256) : 1;
  return { rows: between(4, powerOfTwo(Math.ceil(rows / 8)), 64), lanes: 1, splits };
};

/** Rows one after the other: neighbouring invocations share a row, so that they read neighbouring elements. */
const alongRows = ({ rows, columns }: RowSpace, canSplit: boolean): RowShape => {
  const lanes = columns < 16 ? 1 : between(8, powerOfTwo(columns / 4), 256);
  const splits =
    canSplit && rows < 256 ? between(1, Math.ceil(columns / 4096), Math.ceil(512 / rows)) : 1;
  return { rows: Math.max(1, 64 / lanes), lanes, splits };
};

/** Rows beside each other: neighbouring invocations have neighbouring rows. */
const acrossRows = ({ rows, columns }: RowSpace, canSplit: boolean): RowShape => {
  const lanes = between(1, powerOfTwo(columns / 8), 8);
  const groups = Math.ceil(rows / 32);
  const splits = canSplit ? between(1, Math.ceil(columns / 128), Math.ceil(256 / groups)) : 1;
  return { rows: 32, lanes, splits };
};

/** Chooses how a kernel goes over rows. */
export const rowShapeOf = (space: RowSpace, isSoftware: boolean, canSplit: boolean): RowShape => {
  if (isSoftware) return onProcessor(space, canSplit);
  return space.trailing ? alongRows(space, canSplit) : acrossRows(space, canSplit);
};
