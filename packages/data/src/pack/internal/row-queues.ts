/** Queues of row numbers, one for each amount of space, that share memory: a row is in one queue at most. */
export type RowQueues = {
  /** Puts a row at the end of a queue. */
  readonly push: (space: number, row: number) => void;
  /** Takes the first row of a queue; -1 when it is empty. */
  readonly shift: (space: number) => number;
  readonly isEmpty: (space: number) => boolean;
};

/** Empty queues for spaces below `spaces` and row numbers below `rows`: lists linked through arrays. */
export const rowQueues = (spaces: number, rows: number): RowQueues => {
  const first = new Int32Array(spaces).fill(-1);
  const last = new Int32Array(spaces).fill(-1);
  const next = new Int32Array(rows).fill(-1);
  const headOf = (space: number): number => first[space] ?? -1;
  return {
    push: (space, row) => {
      next[row] = -1;
      if (headOf(space) === -1) first[space] = row;
      else next[last[space] ?? -1] = row;
      last[space] = row;
    },
    shift: (space) => {
      const row = headOf(space);
      if (row !== -1) first[space] = next[row] ?? -1;
      return row;
    },
    isEmpty: (space) => headOf(space) === -1,
  };
};
