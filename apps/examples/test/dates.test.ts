import { createOnnxBackend } from "@adjoint/backend-onnx";
import { argmax, getBackend, setBackend } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { seq2seq } from "@adjoint/models";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allDays, isoOf } from "../src/dates/calendar.ts";
import { dateFormats } from "../src/dates/date-formats.ts";
import { datePairs } from "../src/dates/date-pairs.ts";
import { dateRows, dateTokenizer, padId } from "../src/dates/date-rows.ts";
import { datesConfig, trainDates } from "../src/dates/train-dates.ts";
import { readingMap } from "../src/dates/hidden-characters.ts";
import { mistakes, translateDates } from "../src/dates/translate-dates.ts";

const before = getBackend();
beforeAll(async () => setBackend(await createOnnxBackend()));
afterAll(() => setBackend(before));

test("there are all days of a hundred years", () => {
  const days = allDays().map(isoOf);
  expect(days).toHaveLength(36_525);
  expect([days[0], days[59], days.at(-1)]).toEqual(["1950-01-01", "1950-03-01", "2049-12-31"]);
  expect(new Set(days).size).toBe(36_525);
});

test("formats write dates as people do", () => {
  expect(dateFormats.map((write) => write({ year: 1987, month: 3, day: 14 }))).toEqual([
    "March 14, 1987",
    "Mar 14, 1987",
    "March 14th, 1987",
    "14 March 1987",
    "14 Mar '87",
    "the 14th of March 1987",
    "Sat, 14 Mar 1987",
    "Saturday, March 14, 1987",
    "14-Mar-1987",
    "03/14/87",
    "3/14/1987",
    "14.03.1987",
    "14.3.87",
    "14. März 1987",
    "14 mars 1987",
    "14 de marzo de 1987",
    "14 III 1987",
    "1987/03/14",
    "19870314",
    "1987年3月14日",
  ]);
  const ordinals = [1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 30, 31].map((day) =>
    dateFormats[2]?.({ year: 2001, month: 1, day }),
  );
  expect(ordinals.map((text) => text?.slice(8, -6)).join(" ")).toBe(
    "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 23rd 30th 31st",
  );
});

test("no text stands for two days", () => {
  const meanings = new Map<string, string>();
  const ambiguous: string[] = [];
  // years that end in numbers that could be days, and others
  for (const day of allDays().filter(({ year }) => year % 7 === 1))
    for (const write of dateFormats) {
      const [text, iso] = [write(day).toLowerCase(), isoOf(day)];
      if ((meanings.get(text) ?? iso) !== iso) ambiguous.push(text);
      meanings.set(text, iso);
    }
  expect(ambiguous).toEqual([]);
});

test("days to watch and to judge by are in no pair to learn from, and in all formats", async () => {
  const settings = { validationDays: 50, testDays: 100, copies: 1 };
  const { train, validation, test } = await datePairs(key(0), settings);
  expect([train.length, validation.length, test.length]).toEqual([36_375, 1000, 2000]);
  const sets = [train, validation, test].map((pairs) => new Set(pairs.map(({ iso }) => iso)));
  expect(sets.map(({ size }) => size)).toEqual([36_375, 50, 100]);
  expect(new Set(sets.flatMap((set) => [...set])).size).toBe(36_525);
  expect(new Set(train.map(({ format }) => format)).size).toBe(20);
  expect((await datePairs(key(0), settings)).test).toEqual(test);
});

test("a few dates are learned by heart, and read and written the same from the cache and without it", async () => {
  const days = allDays().filter((_, i) => i % 4567 === 4566);
  const pairs = days.flatMap((day) =>
    [3, 11].map((format) => ({ text: dateFormats[format]?.(day) ?? "", format, iso: isoOf(day) })),
  );
  const tokenizer = dateTokenizer(pairs);
  const config = datesConfig(tokenizer);
  const fresh = seq2seq.init(key(2), config);
  expect(await mistakes(fresh, pairs, tokenizer)).toHaveLength(14);
  const settings = { steps: 120, every: 120, warmupSteps: 200, batchSize: 14 };
  const params = await trainDates(pairs, { key: key(1), tokenizer, ...settings });
  // translated among more padding than it was trained with
  expect(await mistakes(params, pairs, tokenizer)).toEqual([]);

  const texts = pairs.map(({ text }) => text);
  const written = await translateDates(params, texts, tokenizer);
  const { source, target } = dateRows(
    pairs.map((pair, i) => ({ ...pair, iso: written[i] ?? "" })),
    tokenizer,
  );
  const sourceValid = source.notEqual(padId);
  const next = argmax(seq2seq.apply(params, source, target, config, { sourceValid }), -1);
  const ids = await next.data();
  const again = texts.map((_, i) =>
    tokenizer.decode(Array.from(ids.subarray(i * 11, i * 11 + 10))),
  );
  expect(again).toEqual(written);

  const [pair] = pairs;
  const [text, ...rows] = pair === undefined ? [] : await readingMap(params, pair, tokenizer);
  expect(text?.slice(2)).toBe(pair?.text);
  expect(rows.map((row) => row.charAt(0)).join("")).toBe(pair?.iso);
  const isRead = rows.map((row) => row.slice(2).trim() !== "");
  expect([isRead[4], isRead[7]]).toEqual([false, false]); // the dashes are always the same
  expect(isRead).toContain(true);
});
