import { bits, type Key, permutation, splitTuple } from "@adjoint/core/random";
import { allDays, type Day, isoOf } from "./calendar.ts";
import { dateFormats } from "./date-formats.ts";

/** A date as somebody wrote it, in which of the formats, and what it is in ISO 8601. */
export type DatePair = { readonly text: string; readonly format: number; readonly iso: string };

/** Pairs to learn from, to watch learning with, and to judge by in the end; no day is in two of them. */
export type DatePairs = {
  readonly train: readonly DatePair[];
  readonly validation: readonly DatePair[];
  readonly test: readonly DatePair[];
};

/** Settings of `datePairs`. */
export type DatePairOptions = {
  /** Days to watch with and to judge by, each in every format. */
  readonly validationDays: number;
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

/** Each day in each format. */
const inAllFormats = async (of: Key, days: readonly Day[]): Promise<readonly DatePair[]> => {
  const cases = await bits(of, [days.length * dateFormats.length]).data();
  return days.flatMap((day, row) =>
    dateFormats.map((_, format) =>
      pairOf(day, format, cases[row * dateFormats.length + format] ?? 0),
    ),
  );
};

/** Each day a few times, in random formats. */
const inSomeFormats = async (
  of: Key,
  days: readonly Day[],
  copies: number,
): Promise<readonly DatePair[]> => {
  const [forFormats, forCases] = splitTuple(of, 2);
  const formats = await bits(forFormats, [days.length * copies]).data();
  const cases = await bits(forCases, [days.length * copies]).data();
  return Array.from({ length: copies }, () => days)
    .flat()
    .map((day, i) => pairOf(day, (formats[i] ?? 0) % dateFormats.length, cases[i] ?? 0));
};

/** All days from 1950 to 2049 in random order, and some of them kept apart; the same key gives the same pairs. */
export const datePairs = async (
  of: Key,
  { validationDays, testDays, copies }: DatePairOptions,
): Promise<DatePairs> => {
  const days = allDays();
  const [forOrder, forTrain, forValidation, forTest] = splitTuple(of, 4);
  const order = await permutation(forOrder, days.length).data();
  const shuffled = Array.from(order, (i) => days[i]).filter((day) => day !== undefined);
  const kept = testDays + validationDays;
  return {
    train: await inSomeFormats(forTrain, shuffled.slice(kept), copies),
    validation: await inAllFormats(forValidation, shuffled.slice(testDays, kept)),
    test: await inAllFormats(forTest, shuffled.slice(0, testDays)),
  };
};
