import { ArgumentError } from "@adjoint/core";
import { type MaskedBatch, maskTokens } from "@adjoint/data";
import { describe, expect, test } from "vitest";
import fixture from "../fixtures/masking.json" with { type: "json" };

const { ids, words, maskId, vocabulary } = fixture;
const batch = { shape: [1, ids.length] as const, inputs: Int32Array.from(ids) };
const options = { key: 3, maskId, vocabularySize: vocabulary, special: words.special };

const draw = (step: number, more: object = {}): Promise<MaskedBatch> =>
  maskTokens(batch, { ...options, ...more, step });

/** What became of the maskable tokens over many draws, as the fixture counts them. */
const count = async (draws: number, more: object = {}) => {
  const counts = { maskable: 0, masked: 0, mask: 0, same: 0, other: 0, special: 0, wrong: 0 };
  for (let step = 0; step < draws; step++) {
    const { inputs, targets } = await draw(step, more);
    ids.forEach((id, place) => {
      const isSpecial = words.special[place] === 1;
      if (!isSpecial) counts.maskable++;
      const isMasked = targets[place] !== -100;
      if ((isMasked ? targets[place] : inputs[place]) !== id) counts.wrong++;
      if (!isMasked) return;
      counts.masked++;
      if (isSpecial) counts.special++;
      if (inputs[place] === maskId) counts.mask++;
      else if (inputs[place] === id) counts.same++;
      else counts.other++;
    });
  }
  expect(counts.wrong).toBe(0); // targets are what was there, and all else stays
  return counts;
};

/** Whether `hits` of `n` may come of probability p: within 4.5 standard deviations, 7 in a million by chance. */
const expectRate = (hits: number, n: number, p: number): void => {
  expect(Math.abs(hits - n * p)).toBeLessThan(4.5 * Math.sqrt(n * p * (1 - p)));
};

describe("rates", () => {
  // a random token is the mask or the token itself once in `vocabulary` times each
  const rates = { mask: 0.8 + 0.1 / vocabulary, same: 0.1 + 0.1 / vocabulary };

  test.each([
    ["ours", () => count(1200)],
    ["transformers'", () => Promise.resolve(fixture.counts)],
  ])("15 %%, of which 80, 10 and 10 %%: %s", async (_, counted) => {
    const counts = await counted();
    expect(counts.special).toBe(0);
    expectRate(counts.masked, counts.maskable, 0.15);
    expectRate(counts.mask, counts.masked, rates.mask);
    expectRate(counts.same, counts.masked, rates.same);
    expectRate(counts.other, counts.masked, 1 - rates.mask - rates.same);
  });

  test("other parts", async () => {
    const counts = await count(500, { probability: 0.4, maskPart: 0.3, randomPart: 0 });
    expectRate(counts.masked, counts.maskable, 0.4);
    expectRate(counts.mask, counts.masked, 0.3);
    expect(counts.other).toBe(0);
  });

  test("words are chosen whole, each with the same probability", async () => {
    let chosen = 0;
    const most = Math.max(...words.wordIds);
    for (let step = 0; step < 600; step++) {
      const { targets } = await draw(step, { wordIds: words.wordIds });
      const masked = new Set(words.wordIds.filter((_, place) => targets[place] !== -100));
      expect(masked.has(-1)).toBe(false);
      // transformers' `_whole_word_mask`: a token is masked when any token of its word is
      const isWhole = (word: number, place: number): boolean =>
        (targets[place] !== -100) === masked.has(word);
      expect(words.wordIds.every(isWhole)).toBe(true);
      chosen += masked.size;
    }
    expectRate(chosen, 600 * most, 0.15);
  });
});

test.each(words.cases)("a whole-word mask of transformers, case %#", async ({ first, mask }) => {
  // chosen first tokens as probability 1, all others as special: the rest of each word must follow
  const lead = (place: number) => words.wordIds.indexOf(words.wordIds[place] ?? -1);
  const special = words.wordIds.map((word, place) =>
    word === -1 || first[lead(place)] !== 1 ? 1 : 0,
  );
  const { targets } = await maskTokens(batch, {
    ...options,
    special,
    wordIds: words.wordIds,
    probability: 1,
  });
  expect(Array.from(targets, (target) => (target === -100 ? 0 : 1))).toEqual(mask);
});

test("another step masks other tokens, the same step the same", async () => {
  expect(await draw(1)).toEqual(await draw(1));
  expect((await draw(1)).targets).not.toEqual((await draw(2)).targets);
  expect((await draw(1, { key: 4 })).targets).not.toEqual((await draw(1)).targets);
  expect([...batch.inputs]).toEqual(ids);
});

test("random tokens are uniform over the vocabulary", async () => {
  const counts = new Map<number, number>();
  for (let step = 0; step < 300; step++)
    for (const id of (await draw(step, { probability: 1, maskPart: 0, randomPart: 1 })).inputs)
      counts.set(id, (counts.get(id) ?? 0) + 1);
  const n = 300 * (ids.length - 2);
  for (let id = 0; id < vocabulary; id++)
    if (id !== ids[0] && id !== ids.at(-1)) expectRate(counts.get(id) ?? 0, n, 1 / vocabulary);
});

test.each([
  { probability: 1.5 },
  { maskPart: 0.9, randomPart: 0.2 },
  { randomPart: Number.NaN },
  { special: [1] },
  { wordIds: [1, 2] },
  { vocabularySize: 0 },
])("refuses %o", async (bad) => {
  await expect(draw(0, bad)).rejects.toThrow(ArgumentError);
});
