import { createDataset, type Step } from "./create-dataset.ts";
import type { Dataset, DatasetIterator } from "./dataset.ts";
import { checkDataset, wholeNumber } from "./internal/settings.ts";

/** A promise, and what settles it. */
type Bell = { readonly rung: Promise<void>; readonly ring: () => void };

const bell = (): Bell => {
  let ring = (): void => undefined;
  const rung = new Promise<void>((resolve) => {
    ring = resolve;
  });
  return { rung, ring };
};

/** What was read ahead: an item, or the failure that reading ended with. */
type Ahead<A> = { readonly step: Step<A> } | { readonly failure: unknown };

/** Reads ahead of its reader, at most `count` items. */
class Pump<A> {
  private readonly ahead: Ahead<A>[] = [];
  private readonly upstream: DatasetIterator<A>;
  private readonly count: number;
  private hasEnded = false;
  private isStopped = false;
  private changed = bell();
  private readonly running: Promise<void>;

  constructor(upstream: DatasetIterator<A>, count: number) {
    this.upstream = upstream;
    this.count = count;
    this.running = this.run();
  }

  /** The next item, in order; undefined at the end. */
  async next(): Promise<Step<A> | undefined> {
    while (this.ahead.length === 0 && !this.hasEnded) await this.changed.rung;
    const first = this.ahead.shift();
    this.announce();
    if (first === undefined) return undefined;
    if ("failure" in first) throw first.failure;
    return first.step;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.announce();
    await this.running;
    await this.upstream.return();
  }

  private announce(): void {
    const { ring } = this.changed;
    this.changed = bell();
    ring();
  }

  private async run(): Promise<void> {
    try {
      while (!this.isStopped) {
        if (this.ahead.length >= this.count) {
          await this.changed.rung;
          continue;
        }
        const result = await this.upstream.next();
        if (result.done === true) break;
        this.ahead.push({ step: { value: result.value, state: this.upstream.state() } });
        this.announce();
      }
    } catch (failure) {
      this.ahead.push({ failure });
    }
    this.hasEnded = true;
    this.announce();
  }
}

async function* prefetched<A>(
  upstream: DatasetIterator<A>,
  count: number,
): AsyncGenerator<Step<A>> {
  const pump = new Pump(upstream, count);
  try {
    for (let step = await pump.next(); step !== undefined; step = await pump.next()) yield step;
  } finally {
    await pump.stop();
  }
}

/**
 * Reads up to `count` items ahead while the reader works on others, from its first item on. Failures come at their place.
 * It hides waiting (files, networks), not computation: for that see `fromWorker`.
 *
 * ```ts doctest
 * import { collect, fromArray, pipe, prefetch } from "@adjoint/data";
 * await collect(pipe(fromArray([1, 2, 3]), prefetch(2))); // => [1, 2, 3]
 * ```
 */
export const prefetch = <A>(count: number): ((dataset: Dataset<A>) => Dataset<A>) => {
  wholeNumber("prefetch", "count", count, 1);
  return (dataset) => {
    checkDataset("prefetch", dataset);
    return createDataset((state) => prefetched(dataset.open(state), count));
  };
};
