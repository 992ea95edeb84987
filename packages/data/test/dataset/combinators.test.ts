import { ArgumentError } from "@adjoint/core";
import { bits, foldIn, key, split as splitKey } from "@adjoint/core/random";
import {
  batch,
  cache,
  collect,
  concat,
  createDataset,
  type Dataset,
  DatasetStateError,
  epochs,
  filter,
  flatMap,
  fromArray,
  fromIndexed,
  fromIterable,
  map,
  mix,
  type MixStop,
  pipe,
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
import { function as F } from "fp-ts";
import { describe, expect, expectTypeOf, it } from "vitest";
import { permutation } from "../../src/dataset/internal/permutation.ts";
import { threefry } from "../../src/dataset/internal/random.ts";

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** A dataset that tells how it is used. */
const watched = (n: number, failAt = Infinity) => {
  const log = { opened: 0, closed: 0, read: 0 };
  const dataset = createDataset<number>(async function* (state) {
    log.opened++;
    try {
      for (let i = Number(state); i < n; i++) {
        if (i === failAt) throw new Error(`failed at ${i}`);
        log.read++;
        yield { value: i, state: i + 1 };
      }
    } finally {
      log.closed++;
    }
  });
  return { log, dataset };
};

describe("reading", () => {
  it("goes through pipe, ours and fp-ts's, with types inferred", async () => {
    const ours = pipe(
      fromArray(range(6)),
      filter((n) => n > 1),
      map((n) => `${n}`),
      batch(3),
    );
    expectTypeOf(ours).toEqualTypeOf<Dataset<readonly string[]>>();
    const theirs = F.pipe(
      fromArray(range(6)),
      filter((n) => n > 1),
      map((n) => `${n}`),
      batch(3),
    );
    expectTypeOf(theirs).toEqualTypeOf<Dataset<readonly string[]>>();
    expect(await collect(ours)).toEqual([["2", "3", "4"], ["5"]]);
    expect(await collect(theirs)).toEqual(await collect(ours));
  });

  it("narrows with a type guard", async () => {
    const texts = pipe(
      fromArray<string | number>(["a", 1, "b"]),
      filter((x): x is string => typeof x === "string"),
    );
    expectTypeOf(texts).toEqualTypeOf<Dataset<string>>();
    expect(await collect(texts)).toEqual(["a", "b"]);
  });

  it("reads any number of times, at the same time too", async () => {
    const dataset = pipe(fromArray(range(5)), shuffle(3, { key: 0 }));
    const [a, b] = await Promise.all([collect(dataset), collect(dataset)]);
    expect(a).toEqual(b);
    const iterator = dataset.open();
    const results = await Promise.all(range(6).map(() => iterator.next()));
    expect(results.map(({ value }) => value)).toEqual([...a, undefined]);
  });

  it("flattens, concatenates, zips, repeats, takes and skips as arrays do", async () => {
    const ten = fromArray(range(10));
    expect(
      await collect(
        pipe(
          ten,
          flatMap((n) => range(n % 3)),
        ),
      ),
    ).toEqual(range(10).flatMap((n) => range(n % 3)));
    expect(
      await collect(
        pipe(
          ten,
          flatMap(async (n) => fromArray([n])),
        ),
      ),
    ).toEqual(range(10));
    expect(
      await collect(
        pipe(
          fromArray(["ab", "c"]),
          flatMap((text) => text),
        ),
      ),
    ).toEqual(["a", "b", "c"]);
    expect(await collect(concat(ten, ten))).toEqual([...range(10), ...range(10)]);
    expect(await collect(concat())).toEqual([]);
    expect(await collect(pipe(ten, take(3)))).toEqual([0, 1, 2]);
    expect(await collect(pipe(ten, take(0)))).toEqual([]);
    expect(await collect(pipe(ten, skip(8)))).toEqual([8, 9]);
    expect(await collect(pipe(ten, skip(11)))).toEqual([]);
    expect(await collect(pipe(ten, repeat(0)))).toEqual([]);
    expect(await collect(pipe(fromArray([]), repeat()))).toEqual([]);
    const pairs = zip(ten, fromArray(["a", "b"]));
    expectTypeOf(pairs).toEqualTypeOf<Dataset<readonly [number, string]>>();
    expect(await collect(pairs)).toEqual([
      [0, "a"],
      [1, "b"],
    ]);
    expect(await collect(pipe(fromArray(range(5)), batch(2, { dropLast: true })))).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(await collect(epochs(2, (e) => fromArray([e])))).toEqual([0, 1]);
  });

  it("maps several at once, in order, never more than asked for", async () => {
    let running = 0;
    let most = 0;
    const slow = map(
      async (n: number) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, n % 2 === 0 ? 4 : 0));
        running--;
        return n;
      },
      { concurrency: 3 },
    );
    expect(await collect(slow(fromArray(range(20))))).toEqual(range(20));
    expect(most).toBe(3);
  });

  it("reports progress that goes on with the state", async () => {
    const seen: number[] = [];
    const dataset = pipe(
      fromArray(range(7)),
      progress((n) => void seen.push(n), { every: 3 }),
    );
    const iterator = dataset.open();
    for (let i = 0; i < 4; i++) await iterator.next();
    await collect(dataset.open(iterator.state()));
    await iterator.return();
    expect(seen).toEqual([3, 6, 7]);
  });
});

describe("randomness", () => {
  it("equals core's random bits", async () => {
    const k = foldIn(key(42), 7);
    const [k0, k1] = (await k.toArray()) as [number, number];
    const expected = (await splitKey(k, 5).toArray()) as number[][];
    expect(range(5).map((i) => [...threefry([k0, k1], 0, i)])).toEqual(expected);
    const [a, b] = threefry([k0, k1], 0, 0);
    expect((a ^ b) >>> 0).toBe(await bits(k).item());
  });

  it("takes seeds and keys of core alike", async () => {
    const dataset = fromArray(range(50));
    const bySeed = await collect(pipe(dataset, shuffle(10, { key: 5 })));
    expect(await collect(pipe(dataset, shuffle(10, { key: key(5) })))).toEqual(bySeed);
    expect(await collect(pipe(dataset, shuffle(10, { key: 6 })))).not.toEqual(bySeed);
  });

  it("shuffles through a buffer as the plain algorithm does", async () => {
    const { uniformAt } = await import("../../src/dataset/internal/random.ts");
    for (const [n, size] of [
      [30, 7],
      [30, 30],
      [30, 100],
      [5, 1],
      [0, 3],
      [31, 30],
    ] as const) {
      const source = range(n);
      const buffer = source.splice(0, size);
      const expected: number[] = [];
      for (let draw = 0; buffer.length > 0; draw++) {
        const slot = Math.floor(uniformAt([0, 9], draw) * buffer.length);
        expected.push(buffer[slot]!);
        const next = source.length > 0 ? source.shift()! : buffer.pop()!;
        if (slot < buffer.length) buffer[slot] = next;
      }
      expect(await collect(pipe(fromArray(range(n)), shuffle(size, { key: 9 })))).toEqual(expected);
    }
  });

  it.each([
    [
      "a buffer as large as the dataset",
      (seed: number) => collect(pipe(fromArray(range(4)), shuffle(4, { key: seed }))),
    ],
    [
      "a permutation of indices",
      (seed: number) => collect(fromIndexed(4, (i) => i, { key: seed })),
    ],
  ])("gives every order equally often: %s", async (_, draw) => {
    const counts = new Map<string, number>();
    const runs = 4800;
    for (let seed = 0; seed < runs; seed++) {
      const order = String(await draw(seed));
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    const expected = runs / 24;
    const chi2 = [...counts.values()].reduce(
      (total, n) => total + (n - expected) ** 2 / expected,
      0,
    );
    expect(counts.size).toBe(24);
    expect(chi2).toBeLessThan(49.7); // 23 degrees of freedom, p = 0.001
  });

  it("permutes any number of indices", () => {
    for (const n of [1, 2, 3, 5, 16, 17, 100, 1000, 4097]) {
      const order = range(n).map(permutation(n, [1, n]));
      expect([...order].sort((a, b) => a - b)).toEqual(range(n));
    }
    const far = permutation(2 ** 45, [3, 4]);
    const places = range(1000).map(far);
    expect(new Set(places).size).toBe(1000);
    expect(places.every((i) => Number.isSafeInteger(i) && i >= 0 && i < 2 ** 45)).toBe(true);
  });

  it("splits into parts that are disjoint, complete and stable", async () => {
    const parts = split({ train: 8, validation: 1, test: 1 }, { key: 4 });
    const read = async (n: number) => {
      const { train, validation, test } = parts(fromArray(range(n)));
      return [await collect(train), await collect(validation), await collect(test)] as const;
    };
    const [train, validation, test] = await read(5000);
    expect([...train, ...validation, ...test].sort((a, b) => a - b)).toEqual(range(5000));
    expect(Math.abs(train.length - 4000)).toBeLessThan(4 * Math.sqrt(5000 * 0.8 * 0.2));
    expect(Math.abs(test.length - 500)).toBeLessThan(4 * Math.sqrt(5000 * 0.1 * 0.9));
    const [longer] = await read(6000);
    expect(longer.slice(0, train.length)).toEqual(train);
    expect(await collect(split({ none: 0, all: 1 })(fromArray([1, 2])).none)).toEqual([]);
  });

  it("mixes in proportion, and stops as it is told", async () => {
    const of = (n: number, name: string) => fromArray(range(n).map((i) => `${name}${i}`));
    const read = (stop: MixStop, a = 3000, b = 1000) =>
      collect(
        mix(
          [
            { dataset: of(a, "a"), weight: 3 },
            { dataset: of(b, "b"), weight: 1 },
            { dataset: of(9, "c"), weight: 0 },
          ],
          { key: 1, stop },
        ),
      );
    const all = await read("all");
    expect(all.filter((x) => x.startsWith("a"))).toEqual(await collect(of(3000, "a")));
    expect(all.filter((x) => x.startsWith("b"))).toEqual(await collect(of(1000, "b")));
    expect(all.some((x) => x.startsWith("c"))).toBe(false);
    const early = all.slice(0, 2000).filter((x) => x.startsWith("a")).length;
    expect(Math.abs(early - 1500)).toBeLessThan(4 * Math.sqrt(2000 * 0.75 * 0.25));
    const first = await read("first", 3000, 10);
    expect(first.filter((x) => x.startsWith("b")).length).toBe(10);
    expect(first.length).toBeLessThan(100);
    const again = await read("restart", 300, 10);
    expect(again.filter((x) => x.startsWith("a")).length).toBe(300);
    expect(again.filter((x) => x === "b0").length).toBeGreaterThan(5);
    const empty = await collect(
      mix(
        [
          { dataset: of(4, "a"), weight: 1 },
          { dataset: of(0, "b"), weight: 5 },
        ],
        { key: 1, stop: "restart" },
      ),
    );
    expect(empty).toEqual(["a0", "a1", "a2", "a3"]);
  });
});

const wrappers: Readonly<Record<string, (dataset: Dataset<number>) => Dataset<unknown>>> = {
  map: map((n) => n),
  mapAhead: map((n) => n, { concurrency: 3 }),
  filter: filter(() => true),
  flatMap: flatMap((n) => [n]),
  batch: batch(2),
  take: take(100),
  skip: skip(1),
  split: (dataset) => split({ a: 1 })(dataset).a,
  shuffle: shuffle(3, { key: 0 }),
  repeat: repeat(2),
  cache: cache(),
  prefetch: prefetch(2),
  progress: progress(() => undefined),
  tap: tap(() => undefined),
  concat: (dataset) => concat(dataset, dataset),
  zip: (dataset) => zip(dataset, dataset),
  mix: (dataset) => mix([{ dataset, weight: 1 }], { key: 0 }),
  inner: (dataset) =>
    pipe(
      fromArray([1]),
      flatMap(() => dataset),
    ),
  epochs: (dataset) => epochs(2, () => dataset),
};

describe.each(Object.entries(wrappers))("closing and failing: %s", (_, wrap) => {
  it("closes what it reads when the reader leaves early", async () => {
    const { log, dataset } = watched(20);
    const iterator = wrap(dataset).open();
    await iterator.next();
    await iterator.next();
    await iterator.return();
    expect(log.opened).toBeGreaterThan(0);
    expect(log.closed).toBe(log.opened);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    await iterator.return();
  });

  it("closes what it reads at the end", async () => {
    const { log, dataset } = watched(6);
    await collect(wrap(dataset));
    expect(log.closed).toBe(log.opened);
  });

  it("passes failures on, closes, and is then at its end", async () => {
    const { log, dataset } = watched(20, 7);
    const iterator = wrap(dataset).open();
    await expect(collect(iterator)).rejects.toThrow("failed at 7");
    expect(log.closed).toBe(log.opened);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it("opens nothing before the first item is asked for", async () => {
    const { log, dataset } = watched(20);
    const iterator = wrap(dataset).open();
    await iterator.return();
    expect(log.opened).toBe(0);
  });
});

describe("reading ahead", () => {
  it("goes on while the reader is busy, and no further than asked for", async () => {
    const { log, dataset } = watched(50);
    const iterator = prefetch<number>(4)(dataset).open();
    await iterator.next();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(log.read).toBe(5);
    await iterator.return();
  });

  it("tells of a failure at its place", async () => {
    const iterator = prefetch<number>(10)(watched(20, 3).dataset).open();
    expect([(await iterator.next()).value, (await iterator.next()).value]).toEqual([0, 1]);
    expect((await iterator.next()).value).toBe(2);
    await expect(iterator.next()).rejects.toThrow("failed at 3");
  });

  it("does not lose a failure of several at once, nor leave one unhandled", async () => {
    const fails = map(
      (n: number) => {
        if (n >= 2) throw new Error(`bad ${n}`);
        return n;
      },
      { concurrency: 4 },
    );
    await expect(collect(fails(fromArray(range(9))))).rejects.toThrow("bad 2");
  });

  it("keeps what was read once", async () => {
    const { log, dataset } = watched(5);
    const kept = cache<number>()(dataset);
    await collect(pipe(kept, take(2)));
    await collect(kept);
    await collect(kept);
    expect(log.opened).toBe(2);
    const iterator = kept.open();
    await iterator.next();
    expect(await collect(cache<number>()(dataset).open(iterator.state()))).toEqual([1, 2, 3, 4]);
    await iterator.return();
  });
});

describe("bad settings and states", () => {
  it.each([
    ["batch", () => batch(0)],
    ["take", () => take(-1)],
    ["skip", () => skip(1.5)],
    ["shuffle", () => shuffle(0, { key: 0 })],
    ["a seed", () => shuffle(2, { key: 0.5 })],
    ["no key", () => shuffle(2, { key: "x" as unknown as number })],
    ["concurrency", () => map((x) => x, { concurrency: 0 })],
    ["no function", () => map(3 as unknown as (x: number) => number)],
    ["prefetch", () => prefetch(Number.NaN)],
    ["repeat", () => repeat(-1)],
    ["progress", () => progress(() => undefined, { every: 0 })],
    ["no weights", () => mix([], { key: 0 })],
    ["weights", () => mix([{ dataset: fromArray([1]), weight: -1 }], { key: 0 })],
    ["stop", () => mix([{ dataset: fromArray([1]), weight: 1 }], { key: 0, stop: "x" as MixStop })],
    ["proportions", () => split({ a: 0 })],
    ["no dataset", () => map((x) => x)([1] as unknown as Dataset<number>)],
    ["length", () => fromIndexed(-1, (i) => i)],
  ])("throws ArgumentError for %s", (_, run) => {
    expect(run).toThrow(ArgumentError);
  });

  const strange = [
    3,
    "x",
    true,
    [],
    [1],
    {},
    { index: -1 },
    { index: "1" },
    { index: 99 },
    { of: 1 },
    { given: 2, first: 0, of: null },
  ];

  it.each(Object.entries(wrappers))("never misreads a strange state: %s", async (_, wrap) => {
    for (const state of strange) {
      const dataset = wrap(fromArray(range(3)));
      // some of these are states of other places; what must not happen is another error or more items than there are
      try {
        expect((await collect(dataset.open(state))).length).toBeLessThanOrEqual(6);
      } catch (error) {
        expect(error).toBeInstanceOf(DatasetStateError);
      }
    }
  });

  it("refuses a state of another dataset", () => {
    expect(() => fromArray([1]).open({ index: 5 })).toThrow(DatasetStateError);
    expect(() => pipe(fromArray([1]), take(1)).open({ index: 1 })).toThrow(DatasetStateError);
    expect(() => fromIterable(() => [1]).open("x")).toThrow(/must be an object/);
  });

  it("notices that the data below a shuffle are not the same", async () => {
    const iterator = pipe(fromArray(range(20)), shuffle(5, { key: 0 })).open();
    for (let i = 0; i < 10; i++) await iterator.next();
    const other = pipe(
      fromIterable(() => range(3)),
      shuffle(5, { key: 0 }),
    );
    await expect(collect(other.open(iterator.state()))).rejects.toThrow(DatasetStateError);
  });
});
