import {
  comparableText,
  duplicatePassages,
  exactDuplicates,
  hammingDistance,
  hash64,
  type Hash64,
  simHash,
  similarHashes,
} from "@adjoint/data";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyString } from "../any-string.ts";
import { mixed } from "./planted.ts";

const numbers = Array.from({ length: 3000 }, (_, i) => `text ${Math.floor(mixed(3, i) * 2000)}`);

describe("exactDuplicates", () => {
  test("agrees with a Set", () => {
    const seen = new Set<string>();
    const { isDuplicate } = exactDuplicates()();
    for (const text of numbers) {
      expect(isDuplicate(text)).toBe(seen.has(text));
      seen.add(text);
    }
  });

  test("goes on from its state, exact and Bloom", () => {
    for (const memory of ["exact", { items: 2000, error: 1e-4 }] as const) {
      const open = exactDuplicates({ memory });
      const expected = numbers.map(open().isDuplicate);
      const first = open();
      const head = numbers.slice(0, 1234).map(first.isDuplicate);
      const second = open(JSON.parse(JSON.stringify(first.state())));
      expect([...head, ...numbers.slice(1234).map(second.isDuplicate)]).toEqual(expected);
    }
  });

  test("a Bloom filter misses no duplicate and errs at its stated rate", () => {
    const { isDuplicate } = exactDuplicates({ memory: { items: 20_000, error: 0.01 } })();
    for (let i = 0; i < 20_000; i++) isDuplicate(`known ${i}`);
    for (let i = 0; i < 20_000; i += 7) expect(isDuplicate(`known ${i}`)).toBe(true);
    // Probing fills it a little more, which is within the slack of the bounds: 1 % of 5000 is 50, four deviations are 28.
    let errors = 0;
    for (let i = 0; i < 5000; i++) if (isDuplicate(`new ${i}`)) errors++;
    expect(errors).toBeGreaterThan(22);
    expect(errors).toBeLessThan(90);
  });

  test("the state of a Bloom filter has the stated size whatever comes", () => {
    const { isDuplicate, state } = exactDuplicates({ memory: { items: 1000, error: 1e-5 } })();
    const empty = JSON.stringify(state()).length;
    numbers.forEach(isDuplicate);
    expect(JSON.stringify(state()).length).toBe(empty);
    expect(empty).toBeLessThan(4100); // 24 bits a key and base64
  });

  test("compares what it is told to", () => {
    const { isDuplicate } = exactDuplicates({ comparable: comparableText })();
    expect(["Room 12!", "room 37", "rooms"].map(isDuplicate)).toEqual([false, true, false]);
  });

  test("refuses bad settings and foreign states", () => {
    expect(() => exactDuplicates({ memory: { items: 0, error: 0.1 } })()).toThrow(
      /Bloom filter needs/,
    );
    expect(() => exactDuplicates({ memory: { items: 1e12, error: 1e-9 } })()).toThrow(/512 MB/);
    expect(() => exactDuplicates()(5)).toThrow(/exactDuplicates: the state must be/);
    expect(() => exactDuplicates()("AAAAAA==")).toThrow(/same settings/);
  });
});

test("comparableText drops case, punctuation, digits and spacing", () => {
  expect(comparableText("  Héllo,\tWORLD\u00a0 — 2026!\n")).toBe("héllo world 0000");
  fc.assert(
    fc.property(anyString(), (text) => {
      const once = comparableText(text);
      expect(comparableText(once)).toBe(once);
    }),
  );
});

/** By the definition, bit by bit. */
const naive = (features: readonly string[]): bigint => {
  let result = 0n;
  for (let bit = 0n; bit < 64n; bit++) {
    let votes = 0;
    for (const feature of features) {
      const { high, low } = hash64(feature);
      const value = (BigInt(high) << 32n) | BigInt(low);
      votes += (value >> bit) & 1n ? 1 : -1;
    }
    if (votes > 0) result |= 1n << bit;
  }
  return result;
};

const toBigInt = ({ high, low }: Hash64): bigint => (BigInt(high) << 32n) | BigInt(low);

describe("simHash", () => {
  test("is the definition", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 12 }), (features) => {
        expect(toBigInt(simHash(features))).toBe(naive(features));
      }),
    );
  });

  test("weights count as repetition", () => {
    expect(
      simHash(
        new Map([
          ["a", 3],
          ["b", 1],
        ]),
      ),
    ).toEqual(simHash(["a", "b", "a", "a"]));
  });

  test("the share of differing bits estimates the angle", () => {
    // two sets of 200 with 150 shared: cos = 0.75, angle 0.7227, 64 * 0.7227 / π = 14.7 bits on average
    let bits = 0;
    for (let id = 0; id < 100; id++) {
      const words = (from: string, n: number): string[] =>
        Array.from({ length: n }, (_, i) => `${from}${id} ${i}`);
      const common = words("c", 150);
      bits += hammingDistance(
        simHash([...common, ...words("a", 50)]),
        simHash([...common, ...words("b", 50)]),
      );
    }
    expect(bits / 100).toBeGreaterThan(13.5);
    expect(bits / 100).toBeLessThan(16);
  });
});

describe("similarHashes", () => {
  const words = (id: number, count: number): string =>
    Array.from({ length: count }, (_, i) => `w${Math.floor(mixed(id, i) * 1e6)}`).join(" ");

  test.each([0, 1, 3, 7])("finds exactly what lies within %i bits", (distance) => {
    const texts = Array.from({ length: 150 }, (_, i) => {
      const base = words(i % 30, 200).split(" ");
      base[Math.floor(mixed(77, i) * 200)] = `changed${i % 60}`;
      return base.join(" ");
    });
    const options = { distance, shingle: { size: 1 } };
    const kept: Hash64[] = [];
    const { isDuplicate } = similarHashes(options)();
    for (const text of texts) {
      const hash = simHash(new Set(text.split(" ")));
      const known = kept.some((other) => hammingDistance(hash, other) <= distance);
      expect(isDuplicate(text)).toBe(known);
      if (!known) kept.push(hash);
    }
    expect(kept.length).toBeLessThan(150);
  });

  test("goes on from its state", () => {
    const open = similarHashes();
    const first = open();
    first.isDuplicate(words(1, 50));
    const second = open(JSON.parse(JSON.stringify(first.state())));
    expect(second.isDuplicate(words(1, 50))).toBe(true);
    expect(second.isDuplicate(words(2, 50))).toBe(false);
    expect(() => open("AAAA")).toThrow(/state/);
    expect(() => similarHashes({ distance: 9 })).toThrow(/distance must be an integer from 0 to 7/);
  });
});

/** Lone surrogates have no UTF-8 of their own: as bytes they are all U+FFFD. */
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, "\ufffd");

describe("duplicatePassages", () => {
  const notice = "This page uses cookies to serve you better.";

  test("removes lines that came before, in this text and in earlier ones", () => {
    const { edit } = duplicatePassages()();
    expect(edit(`Title\n${notice}\n\nBody of the first.\n${notice}`)).toBe(
      `Title\n${notice}\n\nBody of the first.`,
    );
    expect(edit(`${notice}\nTitle\nBody of the second text.`)).toBe(
      "Title\nBody of the second text.",
    );
    expect(edit(notice)).toBe("");
  });

  test("short lines stay", () => {
    const { edit } = duplicatePassages()();
    expect(edit("yes\nyes\n\n\nno")).toBe("yes\nyes\n\n\nno");
  });

  test("removes paragraphs", () => {
    const { edit } = duplicatePassages({ unit: "paragraph" })();
    const paragraph = "Two lines that belong\ntogether for good.";
    expect(edit(`${paragraph}\n\nMiddle of it all.\n \n${paragraph}\n\nEnd`)).toBe(
      `${paragraph}\n\nMiddle of it all.\n\nEnd`,
    );
  });

  test("leaves texts of new lines as they are, and goes on from its state", () => {
    fc.assert(
      fc.property(fc.array(anyString(30), { maxLength: 8 }), (lines) => {
        const open = duplicatePassages({ minLength: 0, comparable: (text) => text });
        const unique = [...new Set(lines.flatMap((line) => wellFormed(line).split("\n")))].join(
          "\n",
        );
        const first = open();
        expect(first.edit(unique)).toBe(unique);
        expect(open(first.state()).edit(unique)).toBe("");
      }),
    );
  });
});
