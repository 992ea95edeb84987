import { performance } from "node:perf_hooks";

/** Seconds of each round of each name, in the order of `works`. Engines take turns, so that a busy minute falls on all alike. */
export const interleaved = async (
  works: ReadonlyMap<string, () => unknown>,
  rounds: number,
): Promise<ReadonlyMap<string, readonly number[]>> => {
  const seconds = new Map<string, number[]>([...works.keys()].map((name) => [name, []]));
  for (const work of works.values()) await work();
  for (let round = 1; round <= rounds; round++) {
    console.error(`round ${round} of ${rounds}`);
    for (const [name, work] of works) {
      globalThis.gc?.();
      const start = performance.now();
      await work();
      seconds.get(name)?.push((performance.now() - start) / 1000);
    }
  }
  return seconds;
};
