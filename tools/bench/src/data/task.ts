/** One engine's work; what came out, so that equal counts mean equal work. */
export type Work = () => number | Promise<number>;

/** One piece of work that several engines do. */
export type Task = {
  readonly name: string;
  readonly megabytes: number;
  readonly engines: ReadonlyMap<string, Work>;
  /** A Python peer and the file that it does the same with. */
  readonly python?: { readonly path: string; readonly engine: string };
};
