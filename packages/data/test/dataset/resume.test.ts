import {
  batch,
  cache,
  collect,
  concat,
  type Dataset,
  type DatasetState,
  epochs,
  filter,
  flatMap,
  fromArray,
  fromIndexed,
  fromIterable,
  map,
  mix,
  prefetch,
  progress,
  repeat,
  shuffle,
  skip,
  split,
  take,
  tap,
  zip,
} from "@adjoint/data";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

type Numbers = Dataset<number>;

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

/** Each stage takes a number that steers it. */
const stages: Readonly<Record<string, (n: number) => (dataset: Numbers) => Numbers>> = {
  map: () => map((x) => x + 1),
  mapAhead: (n) => map(async (x) => x * 2, { concurrency: 1 + n }),
  filter: (n) => filter((x) => x % 3 !== n % 3),
  flatMap: (n) => flatMap((x) => fromArray(Array.from({ length: x % (n + 1) }, (_, i) => x + i))),
  flatMapIterable: () => flatMap((x) => [x, -x]),
  batch: (n) => (dataset) => map(sum)(batch<number>(1 + n)(dataset)),
  dropLast: (n) => (dataset) => map(sum)(batch<number>(1 + n, { dropLast: true })(dataset)),
  take: (n) => take(n * 5),
  skip: (n) => skip(n),
  split: (n) => (dataset) => split({ a: 2, b: 1 }, { key: n })(dataset).a,
  shuffle: (n) => shuffle(1 + n * 2, { key: n }),
  repeat: (n) => repeat(n % 3),
  cache: () => cache(),
  prefetch: (n) => prefetch(1 + n),
  progress: () => progress(() => undefined, { every: 3 }),
  tap: () => tap(() => undefined),
  concat: (n) => (dataset) => concat(dataset, fromArray([n, n]), dataset),
  zip: (n) => (dataset) => map(sum)(zip(dataset, shuffle<number>(3, { key: n })(dataset))),
  mixAll: (n) => (dataset) =>
    mix(
      [
        { dataset, weight: 2 },
        { dataset: fromArray([1, 2, 3]), weight: 1 },
      ],
      { key: n },
    ),
  mixFirst: (n) => (dataset) =>
    mix(
      [
        { dataset, weight: 1 },
        { dataset: fromArray([7, 8]), weight: 1 },
      ],
      { key: n, stop: "first" },
    ),
  mixRestart: (n) => (dataset) =>
    mix(
      [
        { dataset, weight: 3 },
        { dataset: fromArray([7, 8]), weight: 1 },
      ],
      { key: n, stop: "restart" },
    ),
  epochs: (n) => (dataset) => epochs(2, (epoch) => shuffle<number>(4, { key: epoch + n })(dataset)),
};

const sources: Readonly<Record<string, (n: number) => Numbers>> = {
  array: (n) => fromArray(Array.from({ length: n * 3 }, (_, i) => i)),
  permuted: (n) => fromIndexed(n * 3, (i) => i, { key: n }),
  iterable: (n) => fromIterable(() => new Set(Array.from({ length: n * 3 }, (_, i) => i))),
  generator: (n) =>
    fromIterable(async function* () {
      for (let i = 0; i < n * 2; i++) yield i;
    }),
};

const small = fc.integer({ min: 0, max: 7 });
const pipelines = fc
  .tuple(
    fc.constantFrom(...Object.keys(sources)),
    small,
    fc.array(fc.tuple(fc.constantFrom(...Object.keys(stages)), small), { maxLength: 4 }),
  )
  .map(([source, n, steps]) => ({ source, n, steps }));

const build = ({
  source,
  n,
  steps,
}: {
  source: string;
  n: number;
  steps: [string, number][];
}): Numbers =>
  take<number>(400)(
    steps.reduce((dataset, [stage, m]) => stages[stage]!(m)(dataset), sources[source]!(n)),
  );

const viaJson = (state: DatasetState): DatasetState =>
  JSON.parse(JSON.stringify(state)) as DatasetState;

const readSome = async (dataset: Numbers, state: DatasetState, count: number) => {
  const iterator = dataset.open(state);
  const items: number[] = [];
  while (items.length < count) {
    const result = await iterator.next();
    if (result.done === true) break;
    items.push(result.value);
  }
  const stopped = iterator.state();
  await iterator.return();
  return { items, state: viaJson(stopped) };
};

describe("resuming", () => {
  it("gives exactly the items that are still to come, for any pipeline and any stops", async () => {
    await fc.assert(
      fc.asyncProperty(
        pipelines,
        fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 4 }),
        async (recipe, stops) => {
          const all = await collect(build(recipe));
          const got: number[] = [];
          let state: DatasetState = null;
          for (const stop of stops) {
            const part = await readSome(build(recipe), state, stop); // a new one, as in a new process
            got.push(...part.items);
            state = part.state;
          }
          got.push(...(await collect(build(recipe).open(state))));
          expect(got).toEqual(all);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("works for every stage at every stop", async () => {
    for (const [name, stage] of Object.entries(stages)) {
      const make = (): Numbers => take<number>(60)(stage(3)(sources["array"]!(5)));
      const all = await collect(make());
      for (let stop = 0; stop <= all.length; stop++) {
        const part = await readSome(make(), null, stop);
        const rest = await collect(make().open(part.state));
        expect([...part.items, ...rest], `${name} at ${stop}`).toEqual(all);
      }
    }
  });

  it("keeps states small, whatever was read", async () => {
    const long = shuffle<number>(100, { key: 1 })(fromIndexed(20_000, (i) => i));
    const { state } = await readSome(long, null, 19_000);
    expect(JSON.stringify(state).length).toBeLessThan(100);
  });

  it("gives the state before an item until that item is there", async () => {
    const slow = map<number, number>(async (x) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return x;
    })(fromArray([1, 2]));
    const iterator = slow.open();
    const pending = iterator.next();
    const before = iterator.state();
    await pending;
    expect(before).toBe(null);
    expect(iterator.state()).toEqual({ index: 1 });
    await iterator.return();
  });
});
