/** What an iterator needs to go on later, as plain JSON: small, and good in another process. */
export type DatasetState =
  | null
  | boolean
  | number
  | string
  | readonly DatasetState[]
  | { readonly [key: string]: DatasetState };

/** Items one after another, and where it stands. */
export type DatasetIterator<T> = AsyncIterableIterator<T, undefined> & {
  /** Where it stands: `open` with it gives exactly the items that are still to come. */
  readonly state: () => DatasetState;
  /** Ends early and frees what it holds (files, workers). */
  readonly return: () => Promise<IteratorResult<T, undefined>>;
};

/**
 * A stream of items that can be read any number of times and from any place: an immutable value, `for await` reads it from
 * the start.
 */
export type Dataset<T> = AsyncIterable<T> & {
  /** An iterator from the start, or from where another one stood. */
  readonly open: (state?: DatasetState) => DatasetIterator<T>;
};
