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
