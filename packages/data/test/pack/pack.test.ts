import {
  collect,
  DatasetStateError,
  type Dataset,
  type DatasetState,
  fromArray,
  pack,
  packAligned,
  type PackedRow,
  type PackingStrategy,
  packDocuments,
  pipe,
} from "@adjoint/data";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** Documents of these lengths whose tokens are 0, 1, 2 … through all of them. */
const counting = (lengths: readonly number[]) => {
  let next = 0;
  return lengths.map((length) => ({ ids: Int32Array.from({ length }, () => next++) }));
};

const plain = (rows: readonly PackedRow[]) =>
  rows.map(({ ids, lengths, documents }) => [[...ids], [...lengths], [...documents]]);

/** What comes from every place that iteration can stop at, through JSON. */
const resumesExactly = async (rows: Dataset<PackedRow>): Promise<void> => {
  const whole = plain(await collect(rows));
  const iterator = rows.open();
  const states: DatasetState[] = [iterator.state()];
  for await (const _ of iterator) states.push(iterator.state());
  for (const [i, state] of states.entries()) {
    const copy = JSON.parse(JSON.stringify(state)) as DatasetState;
    expect(plain(await collect(rows.open(copy)))).toEqual(whole.slice(i));
  }
};

const someLengths = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 25 });
const strategies = ["wrapped", "bfd", "bfd_split"] as const;

describe.each(strategies)("pack, %s", (strategy: PackingStrategy) => {
  test("is packDocuments while all fit in the buffer", async () => {
    await fc.assert(
      fc.asyncProperty(someLengths, fc.integer({ min: 1, max: 9 }), async (lengths, length) => {
        const documents = counting(lengths);
        const streamed = await collect(pipe(fromArray(documents), pack({ length, strategy })));
        expect(plain(streamed)).toEqual(plain(packDocuments(documents, { length, strategy })));
      }),
      { numRuns: 40 },
    );
  });

  test("goes on exactly from every row", async () => {
    await fc.assert(
      fc.asyncProperty(someLengths, fc.integer({ min: 1, max: 9 }), async (lengths, length) => {
        const documents = fromArray(counting(lengths));
        await resumesExactly(pipe(documents, pack({ length, strategy, buffer: 5 })));
      }),
      { numRuns: 15 },
    );
  });
});

test("pack packs each buffer on its own", async () => {
  const documents = counting([3, 4, 1, 2]);
  const rows = await collect(pipe(fromArray(documents), pack({ length: 4, buffer: 2 })));
  expect(plain(rows).map(([, lengths, numbers]) => [lengths, numbers])).toEqual([
    [[4], [1]],
    [[3], [0]],
    [
      [2, 1],
      [3, 2],
    ],
  ]);
});

/** The loop of nanochat's dataloader, with lists and search (tokenizer batches of one document). */
const nanochat = (
  lengths: readonly number[],
  capacity: number,
  bufferSize: number,
  pad: boolean,
): number[][] => {
  const documents = counting(lengths).map(({ ids }) => [...ids]);
  const rows: number[][] = [];
  const buffer: number[][] = [];
  for (;;) {
    const row: number[] = [];
    while (row.length < capacity) {
      while (buffer.length < bufferSize && documents.length > 0) {
        const document = documents.shift() ?? [];
        if (document.length > 0) buffer.push(document);
      }
      const space = capacity - row.length;
      let best = -1;
      buffer.forEach((document, i) => {
        const most = best === -1 ? 0 : (buffer[best]?.length ?? 0);
        if (document.length <= space && document.length > most) best = i;
      });
      if (best === -1 && (!pad || row.length === 0) && buffer.length > 0) {
        const shortest = Math.min(...buffer.map((document) => document.length));
        best = buffer.findIndex((document) => document.length === shortest);
      }
      if (best === -1) break;
      row.push(...(buffer.splice(best, 1)[0] ?? []).slice(0, space));
    }
    if (row.length === 0) return rows;
    rows.push(row);
  }
};

describe.each(["crop", "pad"] as const)("packAligned, %s", (rest) => {
  const sourceOf = (lengths: readonly number[]) => {
    const documents = counting(lengths);
    return {
      documentCount: lengths.length,
      document: (i: number) => documents[i]?.ids as Int32Array,
    };
  };

  test("is nanochat's loop", async () => {
    await fc.assert(
      fc.asyncProperty(
        someLengths,
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 8 }),
        async (lengths, length, buffer) => {
          const rows = await collect(packAligned(sourceOf(lengths), { length, buffer, rest }));
          const expected = nanochat(lengths, length, buffer, rest === "pad");
          expect(rows.map(({ ids }) => [...ids])).toEqual(expected);
        },
      ),
    );
  });

  test("goes on exactly from every row, in random order too", async () => {
    await fc.assert(
      fc.asyncProperty(someLengths, fc.nat(99), async (lengths, key) => {
        await resumesExactly(packAligned(sourceOf(lengths), { length: 7, buffer: 4, rest, key }));
      }),
      { numRuns: 15 },
    );
  });
});

test("packAligned refuses states of something else", async () => {
  const rows = packAligned({ documentCount: 2, document: () => Int32Array.of(1) }, { length: 3 });
  for (const state of [5, [], { next: 9, waiting: [] }, { next: 0, waiting: [7] }, { next: 1 }])
    await expect(async () => collect(rows.open(state))).rejects.toThrow(DatasetStateError);
});

test("cropping fills rows and loses ends, padding loses little of either", async () => {
  let state = 7;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  // log-normal, median 400 tokens, as FineWeb's documents
  const lengths = Array.from({ length: 1500 }, () =>
    Math.max(
      1,
      Math.round(
        400 *
          Math.exp(1.1 * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())),
      ),
    ),
  );
  const source = {
    documentCount: lengths.length,
    document: (i: number) => new Int32Array(lengths[i] ?? 0),
  };
  const all = lengths.reduce((sum, n) => sum + n, 0);
  const kept = async (rest: "crop" | "pad") => {
    const rows = await collect(packAligned(source, { length: 2049, rest }));
    return {
      tokens: rows.reduce((sum, { ids }) => sum + ids.length, 0),
      space: rows.length * 2049,
    };
  };
  const crop = await kept("crop");
  expect(crop.tokens / crop.space).toBeGreaterThan(0.99);
  expect(crop.tokens / all).toBeLessThan(0.95);
  const pad = await kept("pad");
  expect(pad.tokens / pad.space).toBeGreaterThan(0.97);
  expect(pad.tokens).toBeGreaterThanOrEqual(crop.tokens);
});
