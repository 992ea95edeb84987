import { bits, type Key, permutation, splitTuple } from "@adjoint/core/random";
import { allDays, type Day, isoOf } from "./calendar.ts";
import { dateFormats } from "./date-formats.ts";

/** A date as somebody wrote it, in which of the formats, and what it is in ISO 8601. */
export type DatePair = { readonly text: string; readonly format: number; readonly iso: string };

/** Pairs to learn from and pairs to judge by; no day is in both. */
export type DatePairs = { readonly train: readonly DatePair[]; readonly test: readonly DatePair[] };

/** Settings of `datePairs`. */
export type DatePairOptions = {
  /** Days to judge by, each in every format. */
  readonly testDays: number;
  /** How often each other day is written, in a random format. */
  readonly copies: number;
};

/** As written, in small letters for a quarter of the numbers, and in capitals for an eighth. */
const inCase = (text: string, random: number): string => {
  const part = random % 8;
  if (part < 2) return text.toLowerCase();
  return part === 2 ? text.toUpperCase() : text;
};

const pairOf = (day: Day, format: number, random: number): DatePair => ({
  text: inCase(dateFormats[format]?.(day) ?? "", random),
  format,
  iso: isoOf(day),
});

/** All days from 1950 to 2049 in random order, some of them kept for the test; the same key gives the same pairs. */
export const datePairs = async (
  of: Key,
  { testDays, copies }: DatePairOptions,
): Promise<DatePairs> => {
  const days = allDays();
  const [forOrder, forFormats, forCases, forTest] = splitTuple(of, 4);
  const order = await permutation(forOrder, days.length).data();
  const shuffled = Array.from(order, (i) => days[i]).filter((day) => day !== undefined);
  const [held, seen] = [shuffled.slice(0, testDays), shuffled.slice(testDays)];
  const formats = await bits(forFormats, [seen.length * copies]).data();
  const cases = await bits(forCases, [seen.length * copies]).data();
  const testCases = await bits(forTest, [held.length * dateFormats.length]).data();
  return {
    train: Array.from(
      formats,
      (random, i) => [random % dateFormats.length, cases[i] ?? 0] as const,
    ).flatMap(([format, random], i) => {
      const day = seen[i % seen.length];
      return day === undefined ? [] : [pairOf(day, format, random)];
    }),
    test: held.flatMap((day, row) =>
      dateFormats.map((_, format) =>
        pairOf(day, format, testCases[row * dateFormats.length + format] ?? 0),
      ),
    ),
  };
};
