import { ArgumentError } from "@adjoint/core";
import { sentencePairs, type SentencePair } from "@adjoint/data";
import { describe, expect, test } from "vitest";

/** Documents whose tokens say where they are from: 1000 * document + place. */
const documents = Array.from({ length: 30 }, (_, d) => {
  let place = 0;
  return Array.from({ length: 1 + ((d * 7) % 12) }, (_, s) =>
    Int32Array.from({ length: 2 + ((d + s * 5) % 9) }, () => 1000 * (d + 1) + place++),
  );
});
const options = { key: 1, length: 32, clsId: 1, sepId: 2 };

const partsOf = ({ ids, types }: SentencePair) => {
  const inside = (type: number) =>
    [...ids].filter((id, i) => types[i] === type && id !== options.clsId && id !== options.sepId);
  return [inside(0), inside(1)] as const;
};

const all = async (more: object = {}) => {
  const pairs: (SentencePair & { readonly own: number })[] = [];
  for (let own = 0; own < documents.length; own++)
    for (const pair of await sentencePairs(documents, own, { ...options, ...more }))
      pairs.push({ ...pair, own });
  return pairs;
};

const documentOf = (id = -1): number => Math.floor(id / 1000) - 1;

describe("sentencePairs", () => {
  test("frames two runs of sentences", async () => {
    for (const pair of await all()) {
      const [a, b] = partsOf(pair);
      expect([...pair.ids]).toEqual([1, ...a, 2, ...b, 2]);
      expect([...pair.types]).toEqual([...[1, ...a, 2].map(() => 0), ...[...b, 2].map(() => 1)]);
      expect([...pair.special]).toEqual([1, ...a.map(() => 0), 1, ...b.map(() => 0), 1]);
      expect(pair.ids.length).toBeLessThanOrEqual(32);
      for (const part of [a, b]) {
        expect(part.length).toBeGreaterThan(0);
        expect(part).toEqual(part.map((_, i) => (part[0] ?? 0) + i)); // a run without a gap
        expect(new Set(part.map(documentOf)).size).toBe(1);
      }
      expect(documentOf(a[0])).toBe(pair.own);
    }
  });

  test("label 0 follows in the document, label 1 is from another one", async () => {
    for (const pair of await all()) {
      const [a, b] = partsOf(pair);
      if (pair.label === 1) expect(documentOf(b[0])).not.toBe(pair.own);
      else expect(documentOf(b[0])).toBe(pair.own);
      if (pair.label === 0) expect((b[0] ?? 0) > (a.at(-1) ?? 0)).toBe(true);
    }
  });

  test("half of the pairs that could follow do not", async () => {
    let [random, n] = [0, 0];
    for (let epoch = 0; epoch < 60; epoch++) {
      // of long documents with short chunks every pair has a choice
      for (const { label, own } of await all({ epoch, shortPart: 0, length: 60 }))
        if ((documents[own]?.length ?? 0) >= 12) [random, n] = [random + label, n + 1];
    }
    expect(n).toBeGreaterThan(300);
    // a chunk of one sentence is always random, so a little more than half
    expect(random / n).toBeGreaterThan(0.45);
    expect(random / n).toBeLessThan(0.62);
  });

  test("without random parts every sentence comes once", async () => {
    const long = documents[11] ?? [];
    const pairs = await sentencePairs(documents, 11, {
      ...options,
      length: 200,
      randomPart: 0,
      shortPart: 0,
    });
    expect(pairs.length).toBe(1);
    expect(partsOf(pairs[0] as SentencePair).flat()).toEqual(
      long.flatMap((sentence) => [...sentence]),
    );
  });

  test("a sentence of a hundred thousand tokens takes no time to speak of", async () => {
    const long = [[new Int32Array(100_000).fill(5)], [new Int32Array(100_000).fill(6)]];
    const start = process.cpuUsage();
    const [pair] = await sentencePairs(long, 0, options);
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(2000);
    expect(pair?.ids.length).toBe(32);
  });

  test("is a function of key, epoch and index", async () => {
    expect(await all()).toEqual(await all());
    expect(await all({ epoch: 1 })).not.toEqual(await all());
    expect(await all({ key: 2 })).not.toEqual(await all());
  });

  test("refuses what cannot be", async () => {
    await expect(sentencePairs(documents, 0, { ...options, length: 4 })).rejects.toThrow(
      ArgumentError,
    );
    await expect(sentencePairs(documents.slice(0, 1), 0, options)).rejects.toThrow("two documents");
    await expect(sentencePairs([[], ...documents], 1, options)).rejects.toThrow(ArgumentError);
  });
});
