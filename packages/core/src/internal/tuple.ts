/** An array type of fixed length; of unknown length when `N` is not a literal. */
export type Tuple<T, N extends number> = number extends N ? readonly T[] : Build<T, N, readonly []>;

type Build<T, N extends number, Done extends readonly T[]> = Done["length"] extends N
  ? Done
  : Build<T, N, readonly [...Done, T]>;

/** Sound because exactly `count` elements are made. */
export const tuple = <T, N extends number>(count: N, make: (index: number) => T): Tuple<T, N> =>
  Array.from({ length: count }, (_, i) => make(i)) as unknown as Tuple<T, N>;
