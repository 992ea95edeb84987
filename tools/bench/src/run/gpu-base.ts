import type { Row } from "../report/report.ts";

/** What all rows of a benchmark on GPUs begin with; in Node each engine names its own adapter. */
export interface GpuBase {
  readonly bench: string;
  readonly config: string;
  readonly adapter?: string | undefined;
}

/** The first columns of an engine's row. */
export const engineBase = ({ bench, config, adapter }: GpuBase, engine: string): Row => ({
  bench,
  config,
  engine,
  ...(adapter === undefined ? {} : { adapter }),
});
