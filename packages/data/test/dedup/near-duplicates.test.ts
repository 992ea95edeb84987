import { nearDuplicateGroups, nearDuplicates, type NearDuplicateOptions } from "@adjoint/data";
import { describe, expect, test } from "vitest";
import { mixed, pairOf } from "./planted.ts";

/** Words are the elements, so that similarities are exact. */
const byWords: NearDuplicateOptions = { elements: (text) => text.split(" ") };

/** How many of `count` planted pairs with `shared` of 100 words are found. */
const foundOf = (count: number, shared: number, options: NearDuplicateOptions): number => {
  const texts = Array.from({ length: count }, (_, id) => pairOf(id, 100, shared)).flatMap(
    ({ a, b }) => [a, b],
  );
  const groups = nearDuplicateGroups(texts, { ...byWords, ...options });
  expect(groups.every((group) => group.length <= 2)).toBe(true); // no false pair across the planted ones
  return groups.filter((group) => group.length === 2).length;
};

describe("nearDuplicateGroups", () => {
  test.each([60, 70, 75, 80, 85, 90])(
    "finds what the theory says when %i of 100 words are shared",
    (shared) => {
      // bands alone: 1 - (1 - s^r)^b, here b = 14, r = 9; binomial error of 300 pairs
      const similarity = shared / (200 - shared);
      const p = 1 - (1 - similarity ** 9) ** 14;
      const rate = foundOf(300, shared, { verify: "band" }) / 300;
      expect(Math.abs(rate - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 300) + 1e-9);
    },
  );

  test("recalls clear duplicates and leaves clear others alone", () => {
    expect(foundOf(300, 95, {})).toBeGreaterThan(296); // similarity 0.905, of which 0.07 % share no band
    expect(foundOf(300, 90, {})).toBeGreaterThan(256); // 0.818: the theory says 276, give or take 5
    expect(foundOf(300, 70, {})).toBeLessThan(3); // 0.538
    expect(foundOf(300, 50, {})).toBe(0); // 0.333
  });

  test("puts copies and chains into one group, named by the first", () => {
    const text = (from: number): string =>
      Array.from({ length: 60 }, (_, i) => `w${from + i}`).join(" ");
    const texts = ["something else", text(0), text(4), text(0), text(8)];
    expect(
      nearDuplicateGroups(texts, { ...byWords, threshold: 0.8, bands: { bands: 32, rows: 4 } }),
    ).toEqual([[0], [1, 2, 3, 4]]);
  });

  test("takes ten thousand copies and texts without words in linear time", () => {
    const texts = Array.from({ length: 20_000 }, (_, i) =>
      i % 2 === 0 ? "the same text here" : "!?",
    );
    expect(nearDuplicateGroups(texts).length).toBe(2);
  });

  test("refuses bands that do not fit", () => {
    expect(() => nearDuplicateGroups([], { bands: { bands: 13, rows: 10 } })).toThrow(
      /at most the 128 permutations/,
    );
    expect(() => nearDuplicates({ threshold: -1 })).toThrow(/threshold/);
  });
});

describe("nearDuplicates", () => {
  const sentence = (id: number): string =>
    Array.from({ length: 80 }, (_, i) => `w${Math.floor(mixed(id, i) * 500)}`).join(" ");

  test("keeps the first of each", () => {
    const { isDuplicate } = nearDuplicates()();
    const text = sentence(1);
    expect(isDuplicate(text)).toBe(false);
    expect(isDuplicate(text)).toBe(true);
    expect(isDuplicate(`${text} and more`)).toBe(true);
    expect(isDuplicate(sentence(2))).toBe(false);
    expect(isDuplicate(sentence(2))).toBe(true);
  });

  test("goes on from its state as if it had never stopped", () => {
    const texts = Array.from({ length: 300 }, (_, i) => sentence(Math.floor(mixed(9, i) * 150)));
    const open = nearDuplicates({ permutations: 32 });
    const whole = open();
    const expected = texts.map(whole.isDuplicate);
    const first = open();
    const head = texts.slice(0, 137).map(first.isDuplicate);
    const second = open(JSON.parse(JSON.stringify(first.state())));
    expect([...head, ...texts.slice(137).map(second.isDuplicate)]).toEqual(expected);
    expect(second.state()).toEqual(whole.state());
    expect(new Set(expected)).toEqual(new Set([true, false]));
  });

  test("refuses a state that is not its own", () => {
    expect(() => nearDuplicates()("AAAA")).toThrow(/same settings/);
    expect(() => nearDuplicates()("no base64 !")).toThrow(/same settings/);
    expect(() => nearDuplicates()({ a: 1 })).toThrow(/same settings/);
  });

  test("looks at no more candidates than allowed", () => {
    const open = nearDuplicates({
      ...byWords,
      bands: { bands: 1, rows: 1 },
      permutations: 1,
      maxCandidates: 1,
    });
    const { isDuplicate } = open();
    expect(["a", "a", "b", "b"].map(isDuplicate)).toEqual([false, true, false, true]);
  });
});
