/** Numbers, first in first out, without moving what stays. */
export type NumberQueue = {
  readonly push: (value: number) => void;
  /** The oldest, taken out; -1 when there is none. */
  readonly shift: () => number;
  readonly isEmpty: () => boolean;
};

/** An empty queue. */
export const numberQueue = (): NumberQueue => {
  let items: number[] = [];
  let head = 0;
  return {
    push: (value) => void items.push(value),
    shift: () => {
      const value = items[head] ?? -1;
      if (value !== -1) head++;
      if (head > 1024 && head * 2 > items.length) [items, head] = [items.slice(head), 0];
      return value;
    },
    isEmpty: () => head >= items.length,
  };
};
