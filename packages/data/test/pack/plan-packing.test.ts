import { ArgumentError } from "@adjoint/core";
import { packDocuments, type PackingStrategy, planPacking } from "@adjoint/data";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import fixture from "../fixtures/packing.json" with { type: "json" };

const documentsOf = (lists: readonly (readonly number[])[]) =>
  lists.map((ids) => ({ ids: Int32Array.from(ids) }));

/** Documents of these lengths whose tokens are 0, 1, 2 … through all of them. */
const counting = (lengths: readonly number[]) => {
  let next = 0;
  return documentsOf(lengths.map((length) => Array.from({ length }, () => next++)));
};

const pack = (lists: readonly (readonly number[])[], length: number, strategy: PackingStrategy) => {
  const rows = packDocuments(documentsOf(lists), { length, strategy });
  return [rows.map(({ ids }) => [...ids]), rows.map(({ lengths }) => [...lengths])];
};

describe("the rows of trl's tests (tests/test_data_utils.py, f2cd577)", () => {
  test("bfd", () => {
    expect(pack([[1, 2, 3], [4, 5, 6, 7], [8]], 4, "bfd")).toEqual([
      [
        [4, 5, 6, 7],
        [1, 2, 3, 8],
      ],
      [[4], [3, 1]],
    ]);
  });

  const long = [[1, 2, 3, 4, 5], [6, 7], [8, 9, 10, 11], [12]];

  test("bfd_split", () => {
    expect(pack(long, 4, "bfd_split")).toEqual([
      [
        [1, 2, 3, 4],
        [8, 9, 10, 11],
        [6, 7, 5, 12],
      ],
      [[4], [4], [2, 1, 1]],
    ]);
  });

  test("bfd truncates", () => {
    expect(pack(long, 4, "bfd")).toEqual([
      [
        [1, 2, 3, 4],
        [8, 9, 10, 11],
        [6, 7, 12],
      ],
      [[4], [4], [2, 1]],
    ]);
  });

  test("a length that is no power of two", () => {
    expect(pack([[1, 2, 3, 4, 5], [6], [7, 8, 9, 10], [11, 12, 13]], 5, "bfd_split")[0]).toEqual([
      [1, 2, 3, 4, 5],
      [7, 8, 9, 10, 6],
      [11, 12, 13],
    ]);
  });

  test("empty documents", () => {
    expect(pack([[1, 2], [], [3, 4, 5], [], [6]], 4, "bfd_split")).toEqual([
      [
        [3, 4, 5, 6],
        [1, 2],
      ],
      [[3, 1], [2]],
    ]);
  });

  test("wrapped", () => {
    expect(pack([[1, 2, 3], [4, 5, 6, 7], [8]], 3, "wrapped")[0]).toEqual([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8],
    ]);
  });
});

test.each(fixture.cases)(
  "$strategy of $lengths.length documents in rows of $length, as trl packs them",
  ({ strategy, length, lengths, rows }) => {
    const packed = packDocuments(counting(lengths), {
      length,
      strategy: strategy as PackingStrategy,
    });
    expect(packed.map(({ ids }) => [...ids])).toEqual(rows);
  },
);

/** The rule in words, by search through all rows. */
const naive = (lengths: readonly number[], length: number): number[][] => {
  const rows: { space: number; since: number; documents: number[] }[] = [];
  let clock = 0;
  const order = lengths.map((_, i) => i).filter((i) => (lengths[i] ?? 0) > 0);
  const clipped = (i: number): number => Math.min(length, lengths[i] ?? 0);
  for (const document of order.sort((a, b) => clipped(b) - clipped(a) || a - b)) {
    const fits = rows.filter(({ space }) => space >= clipped(document) && space > 0);
    const best = fits.sort((a, b) => a.space - b.space || a.since - b.since)[0];
    const row = best ?? { space: length, since: 0, documents: [] };
    if (best === undefined) rows.push(row);
    row.space -= clipped(document);
    row.since = clock++;
    row.documents.push(document);
  }
  return rows.map(({ documents }) => documents);
};

const someLengths = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 });
const rowLength = fc.integer({ min: 1, max: 40 });

test("bfd is the rule found by search", () => {
  fc.assert(
    fc.property(someLengths, rowLength, (lengths, length) => {
      const rows = planPacking(lengths, { length });
      expect(rows.map((row) => row.map(({ document }) => document))).toEqual(
        naive(lengths, length),
      );
    }),
  );
});

test("wrapped and bfd_split lose nothing and repeat nothing", () => {
  fc.assert(
    fc.property(
      someLengths,
      rowLength,
      fc.constantFrom("wrapped", "bfd_split"),
      (lengths, length, strategy) => {
        const rows = packDocuments(counting(lengths), { length, strategy });
        const all = rows.flatMap(({ ids }) => [...ids]).sort((a, b) => a - b);
        expect(all).toEqual(all.map((_, i) => i));
        expect(all.length).toBe(lengths.reduce((sum, n) => sum + n, 0));
        for (const row of rows) expect(row.ids.length).toBeLessThanOrEqual(length);
        if (strategy === "wrapped")
          for (const row of rows.slice(0, -1)) expect(row.ids.length).toBe(length);
      },
    ),
  );
});

test("100 000 documents are packed in well under a quadratic time", () => {
  let state = 1;
  const lengths = Array.from({ length: 100_000 }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return 1 + ((state >>> 8) % 4000);
  });
  const start = process.cpuUsage();
  const rows = planPacking(lengths, { length: 2048 });
  expect(process.cpuUsage(start).user / 1000).toBeLessThan(3000); // of this process, so that others do not count
  const filled = rows.flat().reduce((sum, piece) => sum + piece.length, 0);
  expect(filled / (rows.length * 2048)).toBeGreaterThan(0.99);
});

test.each([0, -1, 1.5, Number.NaN])("refuses rows of %d", (length) => {
  expect(() => planPacking([1], { length })).toThrow(ArgumentError);
});

test("refuses lengths that are no counts, and says which", () => {
  expect(() => planPacking([1, -2], { length: 4 })).toThrow("got -2 for document 1");
});
