import {
  type ByteSource,
  bytesSource,
  collect,
  DataError,
  type Dataset,
  DatasetStateError,
  errorTally,
  jsonLines,
  textLines,
  textParagraphs,
  wholeText,
} from "@adjoint/data";
import { ArgumentError } from "@adjoint/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { invalidByteAt } from "../../src/formats/internal/invalid-byte-at.ts";
import { inPieces, resumesEverywhere } from "./support.ts";

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === "string" ? [...new TextEncoder().encode(part)] : part,
    ),
  );

const failure = async (dataset: Dataset<unknown>): Promise<DataError> => {
  const error: unknown = await collect(dataset).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
};

describe("lines", () => {
  it("equals a split of the whole text, whatever the pieces, and resumes at every line", async () => {
    const text = fc.array(fc.constantFrom("a", "é", "𝔸", "\n", "\r\n", " ", "\r", "漢"), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (parts, size) => {
        const whole = parts.join("");
        const expected = whole.split("\n").map((line) => line.replace(/\r$/, ""));
        if (whole === "" || whole.endsWith("\n")) expected.pop();
        const source = inPieces(bytesSource(whole), size);
        expect(await collect(textLines(source))).toEqual(expected);
        await resumesEverywhere(() => textLines(source));
        await resumesEverywhere(() => textParagraphs(source));
      }),
      { numRuns: 150 },
    );
  });

  it("leaves out a byte order mark, at the start only", async () => {
    const source = bytesSource("\uFEFFa\n\uFEFFb\n");
    expect(await collect(textLines(source))).toEqual(["a", "\uFEFFb"]);
    expect(await collect(wholeText(source))).toEqual(["a\n\uFEFFb\n"]);
  });

  it("splits paragraphs at blank lines", async () => {
    const source = bytesSource("\n\n a\nb\r\n \t\r\nc\n\n\n\nd");
    expect(await collect(textParagraphs(source))).toEqual([" a\nb", "c", "d"]);
  });

  it("tells where bytes are not UTF-8", async () => {
    const source = bytesSource(bytes("good\nb", [0xff], "d\nmore\n"), "file.txt");
    const error = await failure(textLines(source));
    expect(error.position).toEqual({ source: "file.txt", line: 2, byte: 6 });
    expect(error.message).toMatch(/file\.txt, line 2, byte 6.*UTF-8.*ff 64/);
    expect(await collect(textLines(source, { onError: "skip" }))).toEqual(["good", "more"]);
    expect(await collect(textLines(source, { invalid: "replace" }))).toEqual([
      "good",
      "b\uFFFDd",
      "more",
    ]);
    expect((await failure(wholeText(source))).position.byte).toBe(6);
    expect(await collect(wholeText(source, { onError: "skip" }))).toEqual([]);
    expect(
      await collect(
        textParagraphs(bytesSource(bytes("a\n\nb\n", [0xff], "\nc\n\nd")), { onError: "skip" }),
      ),
    ).toEqual(["a", "d"]);
  });

  it("finds the first bad byte as the platform's decoder does", () => {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    const isValid = (part: Uint8Array): boolean => {
      try {
        decoder.decode(part);
        return true;
      } catch {
        return false;
      }
    };
    const byte = fc.oneof(
      fc.constantFrom(
        0x41,
        0x80,
        0xbf,
        0xc1,
        0xc2,
        0xe0,
        0xa0,
        0x9f,
        0xed,
        0xf0,
        0x90,
        0x8f,
        0xf4,
        0xf5,
      ),
      fc.integer({ min: 0, max: 255 }),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), (list) => {
        const all = Uint8Array.from(list);
        const at = invalidByteAt(all);
        expect(at === all.length).toBe(isValid(all));
        expect(isValid(all.subarray(0, at))).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it("keeps no more of a row of 100 MB than the limit, and nothing else is lost", async () => {
    const piece = new Uint8Array(2 ** 20).fill(65);
    let held = 0;
    const huge: ByteSource = {
      ...bytesSource(""),
      name: "huge",
      async *stream() {
        yield bytes("one\n");
        for (let i = 0; i < 100; i++) {
          yield piece;
          held = Math.max(held, process.memoryUsage().arrayBuffers);
        }
        yield bytes("\ntwo\n");
      },
    };
    const tally = errorTally();
    const before = process.memoryUsage().arrayBuffers;
    const options = { maxRowBytes: 2 ** 16, onError: tally.onError };
    expect(await collect(textLines(huge, options))).toEqual(["one", "two"]);
    expect(held - before).toBeLessThan(8 * 2 ** 20);
    expect(tally.first()[0]?.position).toEqual({ source: "huge", line: 2, byte: 4 });
    expect((await failure(jsonLines(huge, { maxRowBytes: 100 }))).rule).toMatch(/JSON/); // "one" comes first
    expect((await failure(wholeText(huge, { maxRowBytes: 100 }))).rule).toMatch(
      /at most 100 bytes/,
    );
  });

  it("allows a row of exactly the limit", async () => {
    const source = bytesSource("abc\r\nabcd\nabc");
    expect(await collect(textLines(source, { maxRowBytes: 3, onError: "skip" }))).toEqual([
      "abc",
      "abc",
    ]);
  });

  it("refuses bad settings and strange states", async () => {
    expect(() => textLines(bytesSource(""), { maxRowBytes: 0 })).toThrow(ArgumentError);
    expect(() => textLines(bytesSource(""), { onError: "x" as "skip" })).toThrow(ArgumentError);
    expect(() => textLines(bytesSource("")).open({ byte: -1, line: 1 })).toThrow(DatasetStateError);
  });
});

describe("JSON Lines", () => {
  it("reads rows, selects columns, and passes over blank lines", async () => {
    const source = bytesSource('{"a":1,"b":[true,null,{"c":"é"}]}\n\n  \r\n{"a":2,"b":0}');
    const rows = await collect(jsonLines(source));
    expect(JSON.parse(JSON.stringify(rows))).toEqual([
      { a: 1, b: [true, null, { c: "é" }] },
      { a: 2, b: 0 },
    ]);
    expect(JSON.stringify(await collect(jsonLines(source, { columns: ["b"] })))).toBe(
      '[{"b":[true,null,{"c":"é"}]},{"b":0}]',
    );
    await resumesEverywhere(() => jsonLines(source));
  });

  it("lets no key reach a prototype", async () => {
    const [row] = await collect(
      jsonLines(bytesSource('{"__proto__":{"polluted":1},"constructor":2,"x":{"__proto__":3}}\n')),
    );
    expect(Object.getPrototypeOf(row)).toBe(null);
    expect(Object.keys(row!)).toEqual(["__proto__", "constructor", "x"]);
    expect(row!["toString"]).toBe(undefined);
    expect(Object.hasOwn(row!["x"] as object, "__proto__")).toBe(true);
    expect(({} as Record<string, unknown>)["polluted"]).toBe(undefined);
  });

  it("tells where a row is bad, and keeps all others", async () => {
    const source = bytesSource('{"a":1}\n{"a":\n[1]\n"text"\n{"b":1}\n{"a":2}\n', "x.jsonl");
    expect((await failure(jsonLines(source))).position).toEqual({
      source: "x.jsonl",
      line: 2,
      byte: 8,
    });
    const tally = errorTally();
    const rows = await collect(jsonLines(source, { columns: ["a"], onError: tally.onError }));
    expect(JSON.stringify(rows)).toBe('[{"a":1},{"a":2}]');
    expect(tally.total()).toBe(4);
    expect(tally.bySource()).toEqual(new Map([["x.jsonl", 4]]));
    expect(tally.first().map(({ position }) => position.line)).toEqual([2, 3, 4, 5]);
    expect(tally.first()[3]?.message).toMatch(/needs the column "a", got "b"/);
  });

  it("makes no stack for errors that are only told about, which is most of their cost", async () => {
    const source = bytesSource('{"a":\n[1]\n', "x.jsonl");
    const limit = Error.stackTraceLimit;
    const told: DataError[] = [];
    let within = 0;
    const onError = (error: DataError): void => {
      told.push(error);
      within = Error.stackTraceLimit; // code of the user runs as ever
    };
    expect(await collect(jsonLines(source, { onError }))).toEqual([]);
    const thrown = await failure(jsonLines(source));
    const [first] = told;
    expect(told).toHaveLength(2);
    expect(first).toBeInstanceOf(DataError);
    expect([first?.rule, first?.got, first?.position]).toEqual([
      thrown.rule,
      thrown.got,
      thrown.position,
    ]);
    expect(first?.cause).toBeInstanceOf(SyntaxError);
    expect(thrown.message).toContain(first?.message);
    expect([first?.stack?.includes("\n    at "), thrown.stack?.includes("\n    at ")]).toEqual([
      false,
      true,
    ]);
    expect([within, Error.stackTraceLimit]).toEqual([limit, limit]);
  });

  it("refuses deep nesting, of which JSON.parse itself takes any", async () => {
    const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}\n`;
    expect((await failure(jsonLines(bytesSource(deep)))).rule).toMatch(/deeper than 500/);
    const fine = `{"a":${"[".repeat(490)}${"]".repeat(490)}}\n`;
    expect(await collect(jsonLines(bytesSource(fine)))).toHaveLength(1);
  });

  it("survives any bytes: good rows come out, the rest are counted", async () => {
    const line = fc.oneof(
      fc.json().map((json) => ({ isRow: json.startsWith("{"), data: bytes(json) })),
      fc.uint8Array({ maxLength: 20 }).map((noise) => ({
        isRow: false,
        data: Uint8Array.of(0x7b, ...noise.filter((b) => b !== 10 && b !== 13), 0x7b),
      })),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 8 }),
        fc.integer({ min: 1, max: 9 }),
        async (lines, size) => {
          const whole = bytes(...lines.flatMap(({ data }) => [[...data], "\n"]));
          const tally = errorTally();
          const rows = await collect(
            jsonLines(inPieces(bytesSource(whole), size), { onError: tally.onError }),
          );
          expect(rows.length).toBe(lines.filter(({ isRow }) => isRow).length);
          expect(tally.total()).toBe(lines.filter(({ isRow }) => !isRow).length);
        },
      ),
      { numRuns: 80 },
    );
  });
});
