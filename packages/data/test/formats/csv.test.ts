import { ArgumentError } from "@adjoint/core";
import { bytesSource, collect, csvRows, DataError, errorTally, tsvRows } from "@adjoint/data";
import fc from "fast-check";
import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import { inPieces, resumesEverywhere } from "./support.ts";

const failure = async (reading: Promise<unknown>): Promise<DataError> => {
  const error: unknown = await reading.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
};

const plain = (rows: readonly object[]): unknown => JSON.parse(JSON.stringify(rows));

describe("CSV", () => {
  it("equals Papa Parse on tables of any texts, in any pieces, and resumes at every row", async () => {
    const field = fc.string({
      unit: fc.constantFrom("a", "é", '"', ",", "\n", "\r\n", " ", "𝔸"),
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(field, field, field), { maxLength: 6 }),
        fc.constantFrom("\n", "\r\n"),
        fc.integer({ min: 1, max: 12 }),
        async (table, newline, size) => {
          const text = Papa.unparse([["x", "y", "z"], ...table], { newline });
          const expected = Papa.parse<Record<string, string>>(text, {
            header: true,
            newline,
            skipEmptyLines: true,
          });
          const source = inPieces(bytesSource(text), size);
          expect(plain(await collect(csvRows(source)))).toEqual(plain(expected.data));
          expect(expected.data.length).toBe(table.length);
          await resumesEverywhere(() => csvRows(source));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("accepts and refuses what Papa Parse does, on any text", async () => {
    const text = fc.string({ unit: fc.constantFrom("a", '"', '"', ",", "\n", "b"), maxLength: 16 });
    let good = 0;
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 5 }), async (noise, size) => {
        fc.pre(!/^""$/m.test(noise)); // a row of one empty text to us, an empty line to Papa Parse
        const whole = `x,y\n${noise}`;
        const expected = Papa.parse<string[]>(whole, {
          newline: "\n",
          skipEmptyLines: true,
          delimiter: ",",
        });
        const rows = expected.data.slice(1);
        const isGood = expected.errors.length === 0 && rows.every((row) => row.length === 2);
        const tally = errorTally();
        const got = await collect(
          csvRows(inPieces(bytesSource(whole), size), { onError: tally.onError }),
        );
        expect(tally.total() === 0).toBe(isGood);
        if (!isGood) return;
        good++;
        expect(got.map((row) => [row["x"], row["y"]])).toEqual(rows);
      }),
      { numRuns: 600 },
    );
    expect(good).toBeGreaterThan(20);
  });

  it("selects columns, takes names from outside, and other delimiters", async () => {
    const source = bytesSource("a;b\n1;2\n");
    expect(plain(await collect(csvRows(source, { delimiter: ";", columns: ["b"] })))).toEqual([
      { b: "2" },
    ]);
    const bare = bytesSource("\uFEFF1\t2\r\n\r\n3\t4");
    expect(plain(await collect(tsvRows(bare, { header: ["p", "q"] })))).toEqual([
      { p: "1", q: "2" },
      { p: "3", q: "4" },
    ]);
    await resumesEverywhere(() => tsvRows(bare, { header: ["p", "q"] }));
    expect(await collect(csvRows(bytesSource("")))).toEqual([]);
    expect(await collect(csvRows(bytesSource("a,b")))).toEqual([]);
  });

  it("lets no column reach a prototype", async () => {
    const [row] = await collect(csvRows(bytesSource("__proto__,constructor\n1,2\n")));
    expect(Object.entries(row!)).toEqual([
      ["__proto__", "1"],
      ["constructor", "2"],
    ]);
    expect(Object.getPrototypeOf(row)).toBe(null);
    expect(({} as Record<string, unknown>)["1"]).toBe(undefined);
  });

  it("tells where a row is bad, and goes on with the next line", async () => {
    const text = 'a,b\n1,2\n"x\ny",3\n4\n5,"open\n6,7\n8,"q"z\n9,10\n';
    const source = bytesSource(text, "t.csv");
    expect((await failure(collect(csvRows(source)))).position).toEqual({
      source: "t.csv",
      line: 5,
      byte: 16,
    });
    const tally = errorTally();
    const rows = await collect(csvRows(source, { onError: tally.onError }));
    expect(plain(rows)).toEqual([
      { a: "1", b: "2" },
      { a: "x\ny", b: "3" },
      { a: "6", b: "7" },
      { a: "9", b: "10" },
    ]);
    expect(
      tally.first().map(({ position, rule }) => [position.line, rule.replace(/^[^:]*: /, "")]),
    ).toEqual([
      [5, "a row must have 2 fields, as the header"],
      [6, "only a delimiter or the end of the row may follow a closing quote"],
      [8, "only a delimiter or the end of the row may follow a closing quote"],
    ]);
    const open = bytesSource('a\n"1\n2\n3\n');
    const atEnd = errorTally();
    expect(plain(await collect(csvRows(open, { onError: atEnd.onError })))).toEqual([
      { a: "2" },
      { a: "3" },
    ]);
    expect(atEnd.first()[0]?.rule).toMatch(/a quote must be closed/);
  });

  it("refuses headers that cannot be right, even when rows are skipped", async () => {
    const twice = csvRows(bytesSource("a,b,a\n1,2,3\n"), { onError: "skip" });
    expect((await failure(collect(twice))).message).toMatch(/different names, got "a"/);
    const wrong = csvRows(bytesSource("text,label\n1,2\n"), { columns: ["txt"], onError: "skip" });
    expect((await failure(collect(wrong))).message).toMatch(
      /needs the column "txt", got "text", "label"/,
    );
  });

  it("keeps no more of a long row than the limit, and stays linear", async () => {
    const long = "y".repeat(2 ** 18);
    const tally = errorTally();
    const options = { maxRowBytes: 2 ** 12, onError: tally.onError };
    const source = inPieces(bytesSource(`a,b\n1,2\n${long},3\n4,"${long}"\n5,6\n`), 1024);
    expect(plain(await collect(csvRows(source, options)))).toEqual([
      { a: "1", b: "2" },
      { a: "5", b: "6" },
    ]);
    expect(tally.total()).toBe(2);
    const text = await collect(csvRows(bytesSource(`a,b\n${long},${long}\n`)));
    expect(text[0]?.["b"]).toBe(long);
  });

  it("does not read to the end again for each of many quotes that never close", async () => {
    const lines = 2 ** 16;
    const hostile = bytesSource(
      `a\n${'"""x\n'.repeat(300)}${"x\n".repeat(lines)}"open\n${"x\n".repeat(lines)}`,
    );
    let bad = 0;
    const rows = await collect(
      csvRows(hostile, { onError: () => void bad++, maxRowBytes: 2 ** 16 }),
    );
    expect(rows.length).toBe(2 * lines);
    expect(bad).toBe(301);
  });

  it("refuses bad settings", () => {
    const source = bytesSource("");
    expect(() => csvRows(source, { delimiter: "" })).toThrow(ArgumentError);
    expect(() => csvRows(source, { delimiter: '"' })).toThrow(ArgumentError);
    expect(() => csvRows(source, { delimiter: "é" })).toThrow(ArgumentError);
  });
});
