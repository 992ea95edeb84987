/**
 * What was found to be fastest, as plain JSON: by adapter, then by kind of product, then what computes it. It means something
 * to the version of this package that wrote it; others ignore what they do not know.
 */
export type TuningTable = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Whether kernels are timed: `auto` where a GPU does the work and not where a processor does. */
export type TuningMode = "auto" | "on" | "off";

/** How the kernels of matrix products are chosen. */
export type TuningOptions = {
  /** Default `auto`. `off` takes the same kernels every time, those that are fastest by an estimate. */
  readonly mode?: TuningMode;
  /** Gives what an earlier `save` got: from a file, from `localStorage`. A failure is a warning: choices are made anew. */
  readonly load?: () => TuningTable | undefined | Promise<TuningTable | undefined>;
  /** Takes that warning; default `console.warn`. */
  readonly onWarning?: (message: string) => void;
  /** Gets the whole table whenever something was added to it. */
  readonly save?: (table: TuningTable) => void | Promise<void>;
  /** Milliseconds of timing for one program; default 200. What is left is timed with the next program. */
  readonly budgetMs?: number;
  /** Products of fewer flops are not timed; default 2^26. */
  readonly smallest?: number;
};
