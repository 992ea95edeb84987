import { createDataset, type Step } from "./create-dataset.ts";
import type { Dataset, DatasetState } from "./dataset.ts";
import { at } from "./internal/at.ts";
import { stateAtMost, stateBelow, stateCount, stateFields } from "./internal/read-state.ts";
import { checkDataset } from "./internal/settings.ts";

/**
 * Keeps the items in memory once they were read to the end, so that later readings cost nothing. A reading that stops
 * early, or that goes on from a state before there is anything kept, reads the dataset below.
 *
 * ```ts doctest
 * import { cache, collect, fromArray, map, pipe } from "@adjoint/data";
 * let work = 0;
 * const kept = pipe(fromArray([1, 2]), map((n) => { work++; return -n; }), cache());
 * await collect(kept); // => [-1, -2]
 * await collect(kept); // => [-1, -2]
 * work; // => 2
 * ```
 */
export const cache =
  <A>(): ((dataset: Dataset<A>) => Dataset<A>) =>
  (dataset) => {
    checkDataset("cache", dataset);
    let kept: readonly Step<A>[] | undefined;
    async function* read(first: number, of: DatasetState): AsyncGenerator<Step<A>> {
      const steps: Step<A>[] = [];
      const upstream = dataset.open(of);
      let index = first;
      for await (const value of upstream) {
        index++;
        const step = { value, state: { index, of: upstream.state() } };
        if (first === 0) steps.push(step);
        yield step;
      }
      if (first === 0) kept ??= steps;
    }
    async function* replay(steps: readonly Step<A>[], first: number): AsyncGenerator<Step<A>> {
      for (let index = first; index < steps.length; index++) yield at(steps, index);
    }
    return createDataset((state) => {
      const fields = stateFields("cache", state);
      const index = stateCount("cache", fields, "index");
      const of = stateBelow("cache", fields, "of");
      if (kept === undefined) return read(index, of);
      return replay(kept, stateAtMost("cache", "index", index, kept.length));
    });
  };
