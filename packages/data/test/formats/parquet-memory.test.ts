import { gzipSync } from "node:zlib";
import { bytesSource, collect, DataError, parquetRows, pipe, take } from "@adjoint/data";
import { describe, expect, it } from "vitest";
import { dataPage, flatFile, parquetFile, type TestColumn, varInt } from "./write-parquet.ts";

const failure = async (reading: Promise<unknown>): Promise<DataError> => {
  const error: unknown = await reading.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
};

/** A column in which nothing is there: one run of the level 0. */
const nulls = (rows: number, name = "n"): TestColumn => {
  const run = [...varInt(rows * 2), 0];
  const page = dataPage(rows, [run.length, 0, 0, 0, ...run]);
  return { name, type: 1, isOptional: true, pages: [page] };
};

const read = (file: Uint8Array, maxGroupBytes?: number): Promise<readonly unknown[]> =>
  collect(parquetRows(bytesSource(file), maxGroupBytes === undefined ? {} : { maxGroupBytes }));

describe("the memory of a row group", () => {
  it("counts values that take no bytes, of all columns together", async () => {
    const columns = Array.from({ length: 10 }, (_, i) => nulls(100, `c${i}`));
    expect(await read(flatFile(100, columns.slice(0, 3)), 10_000)).toHaveLength(100);
    const { message } = await failure(read(flatFile(100, columns), 10_000));
    expect(message).toMatch(
      /at most 10000 bytes of memory, got \d+ with what is known of column c3/,
    );
  });

  it("refuses hundreds of bytes with more rows than memory holds, before any is made", async () => {
    const file = flatFile(60_000_000, [nulls(60_000_000)]);
    expect(file.length).toBeLessThan(200);
    const { position } = await failure(collect(pipe(parquetRows(bytesSource(file)), take(1))));
    expect(position.source).toBe("bytes");
  });

  it("counts the pages of a chunk together, whatever the footer says", async () => {
    const text = new Uint8Array(1004).fill(65);
    new DataView(text.buffer).setUint32(0, 1000, true);
    const page = dataPage(1, gzipSync(text), { size: text.length });
    const file = (pages: number): Uint8Array =>
      flatFile(pages, [
        {
          name: "t",
          type: 6,
          isText: true,
          codec: 2,
          pages: Array<Uint8Array>(pages).fill(page),
          size: 1004,
        },
      ]);
    expect(await read(file(9), 10_000)).toHaveLength(9);
    expect((await failure(read(file(10), 10_000))).message).toMatch(/at most 10000 bytes/);
  });

  it("counts what texts become that take their beginnings from the ones before", async () => {
    /** 100 lengths, each `delta` more than the one before: a head, and a block of differences that take no bits. */
    const lengths = (first: number, delta: number): number[] => [
      ...[128, 1, 4, 100, first * 2],
      ...[delta * 2, 0, 0, 0, 0],
    ];
    // each value is the one before and ten letters more
    const body = [...lengths(0, 10), ...lengths(10, 0), ...Array<number>(1000).fill(65)];
    const page = dataPage(100, body, { encoding: 7 });
    const file = (pages: number): Uint8Array =>
      flatFile(100 * pages, [
        { name: "t", type: 6, isText: true, pages: Array<Uint8Array>(pages).fill(page) },
      ]);
    const rows = await read(file(1), 60_000);
    expect(rows.at(-1)).toMatchObject({ t: "A".repeat(1000) });
    expect((await failure(read(file(2), 60_000))).message).toMatch(/at most 60000 bytes/);
  });

  it("is not taken by a schema that is nested without end", async () => {
    const deep = (levels: number): Uint8Array =>
      parquetFile(
        [],
        [
          { 4: "root", 5: 1 },
          ...Array.from({ length: levels - 1 }, () => ({ 3: 1, 4: "a", 5: 1 })),
          { 1: 1, 3: 1, 4: "a" },
        ],
        0,
        [],
      );
    expect(await read(deep(100))).toEqual([]);
    const { got } = await failure(read(deep(20_000)));
    expect(got).toBe("the schema is more than 100 levels deep");
  });
});
