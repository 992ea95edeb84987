import { ArgumentError } from "@adjoint/core";
import {
  causalWindows,
  type CausalWindowOptions,
  collect,
  pipe,
  take,
  tokensOf,
  toTensors,
  type WindowBatch,
} from "@adjoint/data";
import { describe, expect, test } from "vitest";

const line = (length: number) => tokensOf(Int32Array.from({ length }, (_, i) => i));

const rowsOf = ({ inputs, shape: [B, T] }: WindowBatch, array: Int32Array = inputs) =>
  Array.from({ length: B }, (_, row) => [...array.subarray(row * T, (row + 1) * T)]);

const random = (options: Partial<CausalWindowOptions> = {}) =>
  causalWindows(line(100), { batchSize: 32, blockSize: 7, order: "random", key: 1, ...options });

/** The rule of cs336's tests/test_data.py, test_get_batch: 100 tokens, blocks of 7, 1000 batches of 32. */
test("random starts are uniform on 0 … 92, targets one token later", async () => {
  const counts = new Int32Array(101);
  for (const batch of await collect(pipe(random(), take(1000)))) {
    expect(batch.shape).toEqual([32, 7]);
    const follows = (target: number, i: number): boolean => target === (batch.inputs[i] ?? 0) + 1;
    const isRun = (row: readonly number[]): boolean => row.every((x, i) => x === (row[0] ?? 0) + i);
    expect(batch.targets.every(follows) && rowsOf(batch).every(isRun)).toBe(true);
    for (const [start = 100] of rowsOf(batch)) counts[start]! += 1;
  }
  const [expected, p] = [32_000 / 93, 1 / 93];
  const deviation = Math.sqrt(32_000 * p * (1 - p));
  for (let start = 0; start < 93; start++)
    expect(Math.abs((counts[start] ?? 0) - expected)).toBeLessThan(5 * deviation);
  expect(counts.subarray(93).every((count) => count === 0)).toBe(true);
});

test("batches are a function of key and number", async () => {
  const [first, second] = [await collect(pipe(random(), take(4))), random().open({ batch: 2 })];
  expect((await second.next()).value).toEqual(first[2]);
  expect((await second.next()).value).toEqual(first[3]);
  const other = await collect(pipe(random({ key: 2 }), take(1)));
  expect(other[0]?.inputs).not.toEqual(first[0]?.inputs);
});

test.each<[string, Partial<CausalWindowOptions>, number]>([
  ["that follow each other are one read", {}, 1],
  ["that overlap are one read", { stride: 2 }, 1],
  ["with tokens between them are read each", { stride: 9 }, 4],
  ["in random order are read each", { order: "shuffled" }, 4],
])("windows of a batch %s", async (_, options, expected) => {
  let reads = 0;
  const tokens = line(1000);
  const counted = {
    ...tokens,
    tokens: (start: number, length: number) => {
      reads++;
      return tokens.tokens(start, length);
    },
  };
  const settings = { batchSize: 4, blockSize: 7, key: 1, ...options };
  const [batch] = await collect(pipe(causalWindows(counted, settings), take(1)));
  expect(reads).toBe(expected);
  const rows = rowsOf(batch!).map(([first = 0]) => first);
  const stride = options.stride ?? 7;
  if (options.order === undefined) expect(rows).toEqual([0, 1, 2, 3].map((i) => i * stride));
  for (const [first = 0, ...rest] of rowsOf(batch!))
    expect(rest).toEqual([1, 2, 3, 4, 5, 6].map((i) => first + i));
});

describe.each(["sequential", "shuffled"] as const)("%s", (order) => {
  test("gives every target but the first once", async () => {
    for (const length of [2, 3, 17, 64, 65]) {
      const options = { batchSize: 3, blockSize: 4, order, key: 5, ignoreIndex: -1 };
      const batches = await collect(causalWindows(line(length), options));
      const targets = batches.flatMap((batch) =>
        [...batch.targets].filter((target) => target >= 0),
      );
      if (order === "shuffled") targets.sort((a, b) => a - b);
      expect(targets).toEqual(Array.from({ length: length - 1 }, (_, i) => i + 1));
      const trained = batches.reduce((sum, batch) => sum + batch.trainedTokens, 0);
      expect(trained).toBe(length - 1);
    }
  });

  test("stride 1 gives every window", async () => {
    const options = { batchSize: 4, blockSize: 3, order, key: 1, stride: 1 };
    const batches = await collect(causalWindows(line(10), options));
    const starts = batches.flatMap((batch) => rowsOf(batch).map(([first]) => first));
    expect(starts.sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

test("shuffled is another order for another key", async () => {
  const inputs = async (key: number) =>
    (
      await collect(
        causalWindows(line(200), { batchSize: 50, blockSize: 4, order: "shuffled", key }),
      )
    )[0]?.inputs;
  expect(await inputs(1)).not.toEqual(await inputs(2));
  expect(await inputs(1)).toEqual(await inputs(1));
});

test("becomes tensors", async () => {
  const [batch] = await collect(causalWindows(line(5), { batchSize: 2, blockSize: 2 }));
  const { inputs, targets } = toTensors(batch as WindowBatch);
  expect(await inputs.toArray()).toEqual([
    [0, 1],
    [2, 3],
  ]);
  expect(targets.dtype).toBe("int32");
});

test("refuses what cannot be", () => {
  expect(() =>
    causalWindows(line(7), { batchSize: 1, blockSize: 7, order: "random", key: 0 }),
  ).toThrow("needs at least 8 tokens, got 7");
  expect(() => causalWindows(line(9), { batchSize: 1, blockSize: 2, order: "random" })).toThrow(
    "key",
  );
  expect(() => causalWindows(line(9), { batchSize: 0, blockSize: 2 })).toThrow(ArgumentError);
  expect(() => causalWindows(line(1), { batchSize: 1, blockSize: 2 })).toThrow("at least 2 tokens");
});
