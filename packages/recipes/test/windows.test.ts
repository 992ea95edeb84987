import { ArgumentError } from "@adjoint/core";
import { foldIn, key, randint } from "@adjoint/core/random";
import { type Batch, disjointWindows, sampleWindows } from "@adjoint/recipes";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const counting = (length: number): Int32Array => Int32Array.from({ length }, (_, i) => i);

const rows = async ({ inputs, targets }: Batch) => ({
  inputs: (await inputs.toArray()) as number[][],
  targets: (await targets.toArray()) as number[][],
});

const sizes = {
  batchSize: fc.integer({ min: 1, max: 6 }),
  blockSize: fc.integer({ min: 1, max: 9 }),
};

describe("disjointWindows", () => {
  test("covers every token but the first as a target exactly once, in order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 120 }),
        fc.record(sizes),
        async (length, options) => {
          const seen: number[] = [];
          let batches = 0;
          for (const batch of disjointWindows(counting(length), options)) {
            batches++;
            expect(batch.inputs.shape).toEqual([options.batchSize, options.blockSize]);
            expect([batch.inputs.dtype, batch.targets.dtype]).toEqual(["int32", "int32"]);
            const { inputs, targets } = await rows(batch);
            targets.forEach((row, r) =>
              row.forEach((target, t) => {
                if (target >= 0) expect(inputs[r]?.[t]).toBe(target - 1);
                if (target >= 0) seen.push(target);
                else expect(target).toBe(-1);
              }),
            );
          }
          expect(seen).toEqual([...counting(length)].slice(1));
          expect(batches).toBe(Math.ceil((length - 1) / (options.batchSize * options.blockSize)));
        },
      ),
    );
  });

  test("makes a batch only when it is asked for", () => {
    const windows = disjointWindows(counting(1_000_000), { batchSize: 1, blockSize: 1 });
    expect(windows.next().value?.inputs.shape).toEqual([1, 1]);
  });

  test.each([0, 1])("refuses %i tokens at the call", (length) => {
    expect(() => disjointWindows(counting(length), { batchSize: 1, blockSize: 4 })).toThrow(
      `needs at least 2 tokens, got ${length}`,
    );
  });
});

describe("sampleWindows", () => {
  test("gives windows of the text, targets one token later", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          ...sizes,
          seed: fc.nat(),
          step: fc.nat(),
          extra: fc.integer({ min: 1, max: 40 }),
        }),
        async ({ seed, step, extra, ...options }) => {
          const tokens = counting(options.blockSize + extra);
          const { inputs, targets } = await rows(sampleWindows(tokens, key(seed), step, options));
          expect(inputs.length).toBe(options.batchSize);
          inputs.forEach((row, r) => {
            const start = row[0] ?? -1;
            expect(start).toBeGreaterThanOrEqual(0);
            expect(start).toBeLessThan(extra);
            expect(row).toEqual(row.map((_, t) => start + t));
            expect(targets[r]).toEqual(row.map((_, t) => start + t + 1));
          });
        },
      ),
    );
  });

  test("is a pure function of key and step", async () => {
    const tokens = counting(1000);
    const options = { batchSize: 4, blockSize: 8 };
    const at = (seed: number, step: number) =>
      rows(sampleWindows(tokens, key(seed), step, options));
    const first = await at(1, 7);
    await at(2, 8);
    expect(await at(1, 7)).toEqual(first);
    expect(await at(1, 8)).not.toEqual(first);
    expect(await at(2, 7)).not.toEqual(first);
  });

  test("draws its starts as foldIn and randint do", async () => {
    const options = { batchSize: 5, blockSize: 8 };
    for (const step of [0, 3, 2 ** 31]) {
      const { inputs } = await rows(sampleWindows(counting(500), key(9), step, options));
      const starts = await randint(foldIn(key(9), step), [5], 0, 492).toArray();
      expect(inputs.map((row) => row[0])).toEqual(starts);
    }
  });

  test("reaches the first and the last window", async () => {
    const { inputs } = await rows(
      sampleWindows(counting(7), key(0), 0, { batchSize: 64, blockSize: 4 }),
    );
    expect(new Set(inputs.map((row) => row[0]))).toEqual(new Set([0, 1, 2]));
  });

  test.each([-1, 0.5, Number.NaN])("refuses step %d", (step) => {
    expect(() => sampleWindows(counting(9), key(0), step, { batchSize: 1, blockSize: 1 })).toThrow(
      "step must be a whole number",
    );
  });

  test("refuses too few tokens and impossible sizes", () => {
    const sample = (length: number, batchSize: number, blockSize: number) => () =>
      sampleWindows(counting(length), key(0), 0, { batchSize, blockSize });
    expect(sample(4, 1, 4)).toThrow("needs at least 5 tokens, got 4");
    expect(sample(5, 1, 4)).not.toThrow();
    for (const bad of [0, -1, 1.5, Number.NaN]) {
      expect(sample(100, bad, 4)).toThrow(ArgumentError);
      expect(sample(100, 4, bad)).toThrow(ArgumentError);
    }
  });
});
