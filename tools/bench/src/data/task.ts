/** One piece of work that several engines do, each in a function that returns a count: equal counts mean equal work. */
export type Task = {
  readonly name: string;
  readonly megabytes: number;
  readonly engines: ReadonlyMap<string, () => number | Promise<number>>;
  /** What a Python peer does the same with: a file, and what the peer is to do. */
  readonly python?: { readonly path: string; readonly engine: string };
};
