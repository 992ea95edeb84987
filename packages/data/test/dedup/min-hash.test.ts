import { estimateJaccard, jaccard, minHash, optimalBands, shingles } from "@adjoint/data";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import fixture from "./fixtures/near-duplicates.json" with { type: "json" };
import { pairOf } from "./planted.ts";

describe("minHash", () => {
  test.each(fixture.signatures)(
    "is datasketch's signature, $permutations permutations, seed $seed",
    ({ elements, permutations, seed, signature }) => {
      expect([...minHash({ permutations, seed })(elements)]).toEqual(signature);
    },
  );

  test("wraps around like 64-bit integers, for any 32-bit hash", () => {
    // The permutations come out of datasketch's definition again, with BigInt: h is probed where additions carry.
    const [a, b] = [775169054918279404n, 1758426461858698312n]; // numpy RandomState(1).randint
    const prime = 2n ** 61n - 1n;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (h) => {
        const product = BigInt.asUintN(64, a * BigInt(h) + b) % prime;
        const [value] = minHash({ permutations: 1, hash: () => h })(["any"]);
        expect(value).toBe(Number(product & 0xffffffffn));
      }),
      { numRuns: 2000 },
    );
  });

  test("does not depend on order or repetition", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 20 }), (elements) => {
        const sign = minHash({ permutations: 16 });
        expect(sign([...elements, ...elements].reverse())).toEqual(sign(elements));
      }),
    );
  });

  test("estimates planted similarities within its error", () => {
    const sign = minHash({ permutations: 1024 });
    for (const shared of [0, 20, 50, 80, 100]) {
      const { a, b, similarity } = pairOf(shared, 100, shared);
      const estimate = estimateJaccard(sign(a.split(" ")), sign(b.split(" ")));
      const deviation = Math.sqrt((similarity * (1 - similarity)) / 1024);
      expect(Math.abs(estimate - similarity)).toBeLessThanOrEqual(4 * deviation);
    }
  });

  test("refuses counts, seeds and signatures that do not fit", () => {
    expect(() => minHash({ permutations: -1 })).toThrow(/minHash: permutations must be/);
    expect(() => minHash({ permutations: 1.5 })).toThrow(/permutations/);
    expect(() => minHash({ seed: 2 ** 32 })).toThrow(/seed/);
    expect(() => estimateJaccard(new Uint32Array(2), new Uint32Array(3))).toThrow(
      /same length.*2 and 3/,
    );
  });
});

describe("optimalBands", () => {
  test.each(fixture.bands)(
    "is datasketch's choice: $threshold of $permutations, weights $falsePositiveWeight and $falseNegativeWeight",
    ({ bands, rows, ...options }) => {
      expect(optimalBands(options)).toEqual({ bands, rows });
    },
  );

  test("refuses what is no threshold", () => {
    expect(() => optimalBands({ threshold: 1.5 })).toThrow(
      /threshold must be between 0 and 1, got 1.5/,
    );
    expect(() => optimalBands({ threshold: 0.5, permutations: 0 })).toThrow(/permutations/);
  });
});

describe("shingles", () => {
  test("are runs of words or of characters", () => {
    expect([...shingles("One, two; three four", { size: 2 })]).toEqual([
      "One two",
      "two three",
      "three four",
    ]);
    expect([...shingles("日本語🙂", { unit: "character", size: 3 })]).toEqual(["日本語", "本語🙂"]);
  });

  test("of a text that is too short are the whole of it", () => {
    expect([...shingles("one two")]).toEqual(["one two"]);
    expect([...shingles("... !")]).toEqual([]);
  });

  test("refuse an empty run", () => {
    expect(() => shingles("a", { size: 0 })).toThrow(/size must be a positive integer/);
  });

  test("jaccard is the size of the intersection over that of the union", () => {
    expect(jaccard(new Set([1, 2, 3]), new Set([2, 3, 4]))).toBe(0.5);
    expect(jaccard(new Set(), new Set())).toBe(1);
    expect(jaccard(new Set([1]), new Set())).toBe(0);
  });
});
