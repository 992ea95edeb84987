import { readdirSync, readFileSync } from "node:fs";
import {
  type ByteSource,
  bytesSource,
  collect,
  DataError,
  errorTally,
  parquetRows,
} from "@adjoint/data";
import { ArgumentError } from "@adjoint/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resumesEverywhere } from "./support.ts";

const folder = new URL("../fixtures/parquet/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".parquet"));
const load = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));
const expected = JSON.parse(readFileSync(new URL("rows.json", folder), "utf8")) as Record<
  string,
  unknown
>[];

/** A value as the fixture writes it. */
const plain = (value: unknown): unknown => {
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  return value;
};

const failure = async (reading: Promise<unknown>): Promise<DataError> => {
  const error: unknown = await reading.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
};

describe("Parquet", () => {
  it.each(names)("gives the rows that pyarrow wrote: %s", async (name) => {
    const rows = await collect(parquetRows(bytesSource(load(name))));
    expect(rows.map(plain)).toEqual(expected);
    expect(Object.getPrototypeOf(rows[0])).toBe(null);
  });

  it("reads the columns asked for, and not the bytes of others", async () => {
    const file = bytesSource(load("snappy.parquet"));
    let read = 0;
    const counting: ByteSource = {
      ...file,
      slice: (start, end) => {
        if (end < load("snappy.parquet").length) read += end - start;
        return file.slice(start, end);
      },
    };
    const rows = await collect(parquetRows(counting, { columns: ["label", "id"] }));
    expect(rows.map(plain)).toEqual(expected.map(({ label, id }) => ({ label, id })));
    expect(Object.keys(rows[0]!)).toEqual(["label", "id"]);
    expect(read).toBeLessThan(load("snappy.parquet").length / 2);
  });

  it("resumes at every row", () =>
    resumesEverywhere(() =>
      parquetRows(bytesSource(load("zstd.parquet")), { columns: ["small", "text"] }),
    ));

  it("says which columns there are", async () => {
    const error = await failure(
      collect(parquetRows(bytesSource(load("plain.parquet")), { columns: ["txt"] })),
    );
    expect(error.message).toMatch(/needs the column "txt", got "id", "small"/);
    expect(() => parquetRows(bytesSource(""), { maxGroupBytes: 0 })).toThrow(ArgumentError);
  });

  it("refuses what is no Parquet, cut off, or larger than allowed", async () => {
    const file = load("gzip.parquet");
    for (const data of [
      new Uint8Array(0),
      new Uint8Array(3),
      new Uint8Array(50),
      file.subarray(0, -9),
      file.subarray(9),
    ])
      await failure(collect(parquetRows(bytesSource(data, "x.parquet"))));
    const error = await failure(collect(parquetRows(bytesSource(file), { maxGroupBytes: 100 })));
    expect(error.rule).toMatch(/at most 100 bytes/);
  });

  it("gives the groups that are whole when one is damaged, and tells its first row", async () => {
    const file = load("snappy.parquet");
    const damaged = file.slice();
    damaged.fill(0xff, Math.floor(file.length * 0.45), Math.floor(file.length * 0.47));
    const tally = errorTally();
    const rows = await collect(parquetRows(bytesSource(damaged), { onError: tally.onError }));
    expect(rows.map(plain)).toEqual([...expected.slice(0, 25), ...expected.slice(50)]);
    expect(tally.first().map(({ position }) => position.row)).toEqual([25]);
  });

  /** Where the levels of 25 rows that are all there begin: two bytes, a run of 25 times 1. */
  const allThere = [2, 0, 0, 0, 25 << 1, 1];
  const findLevels = (file: Uint8Array): number =>
    file.findIndex((_, at) => allThere.every((byte, i) => file[at + i] === byte));

  it.each<[string, readonly number[], RegExp]>([
    [
      "a run longer than the page",
      [2, 0, 0, 0, 26 << 1, 1],
      /a run of 26 values where 25 are left/,
    ],
    ["a run of 2^31", [6, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0x0f, 1], /a run of 2147483647 values/],
    ["packed values of 2^31", [6, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 1], /a run of \d+ values/],
    ["a run without an end", [6, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], /has no end/],
    ["too few runs", [2, 0, 0, 0, 24 << 1, 1], /has no end/],
    ["levels that are not there", [0xff, 0xff, 0, 0, 50, 1], /levels of 65535 bytes/],
    ["a level beyond the schema", [2, 0, 0, 0, 25 << 1, 9], /a level of 9 where 1 is the highest/],
  ])("refuses %s, counts it once, and gives the other groups", async (_, levels, message) => {
    const file = load("plain.parquet").slice();
    const at = findLevels(file);
    expect(at).toBeGreaterThan(0);
    file.set(levels, at);
    const started = process.memoryUsage().rss;
    const tally = errorTally();
    const rows = await collect(parquetRows(bytesSource(file), { onError: tally.onError }));
    expect(tally.total()).toBe(1);
    expect(tally.first()[0]?.got).toMatch(message);
    expect(rows.map(plain)).toEqual(expected.slice(25));
    expect(process.memoryUsage().rss - started).toBeLessThan(2 ** 28);
  });

  it("never gives other rows than there are, whatever a byte of a page says", async () => {
    const file = load("delta.parquet");
    const end = file.length - 8 - new DataView(file.buffer).getUint32(file.length - 8, true);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: end - 1 }), fc.nat(255), async (place, byte) => {
        const damaged = file.slice();
        damaged[place] = byte;
        const tally = errorTally();
        const options = { columns: ["id", "text"], onError: tally.onError };
        const rows = await collect(parquetRows(bytesSource(damaged), options));
        const lost = tally.first().map(({ position: { row = 0 } }) => (row === 50 ? 10 : 25));
        expect(rows.length).toBe(expected.length - lost.reduce((sum, n) => sum + n, 0));
        for (const row of rows) expect(Object.values(row)).not.toContain(undefined);
      }),
      { numRuns: Number(process.env["FUZZ"] ?? 100) },
    );
  });

  it("refuses few bytes that become many values", async () => {
    const file = bytesSource(load("snappy.parquet"));
    const { message } = await failure(
      collect(parquetRows(file, { columns: ["label"], maxGroupBytes: 190 })),
    );
    expect(message).toMatch(
      /at most 190 bytes of memory, got 800 with what is known of column label/,
    );
  });

  it("turns any damage into DataError, in bounded time", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names.filter((name) => name !== "brotli.parquet")).map(load),
        fc.array(
          fc.tuple(
            fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
            fc.integer({ min: 0, max: 255 }),
          ),
          { minLength: 1, maxLength: 3 },
        ),
        async (file, changes) => {
          const damaged = file.slice();
          for (const [place, byte] of changes) damaged[Math.floor(place * file.length)] = byte;
          try {
            await collect(parquetRows(bytesSource(damaged)));
          } catch (error) {
            expect(error).toBeInstanceOf(DataError);
          }
        },
      ),
      { numRuns: Number(process.env["FUZZ"] ?? 200) },
    );
  });
});
