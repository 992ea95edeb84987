import { gzipSync } from "node:zlib";
import {
  bytesSource,
  collect,
  csvRows,
  type Dataset,
  DataError,
  errorTally,
  flatMap,
  fromArray,
  gunzip,
  jsonLines,
  type OnError,
  pipe,
  textLines,
  textParagraphs,
  wholeText,
} from "@adjoint/data";
import { describe, expect, it } from "vitest";

const count = 2000;
const rows = Array.from({ length: count }, (_, i) => `{"n":${i},"x":"${(i * 7919) % 104_729}"}`);
const csv = ["n,x", ...Array.from({ length: count }, (_, i) => `${i},${(i * 7919) % 104_729}`)];

const cut = (lines: readonly string[], separator = "\n"): Uint8Array => {
  const whole = gzipSync(lines.join(separator));
  return whole.subarray(0, Math.floor(whole.length / 2));
};

type Read = (bytes: Uint8Array, onError: OnError) => Dataset<unknown>;

const readers: Readonly<Record<string, readonly [Uint8Array, readonly unknown[], Read]>> = {
  "JSON Lines": [
    cut(rows),
    rows.map((row) => JSON.parse(row) as unknown),
    (b, onError) => jsonLines(gunzip(bytesSource(b)), { onError }),
  ],
  CSV: [
    cut(csv),
    csv.slice(1).map((line) => ({ n: line.split(",")[0], x: line.split(",")[1] })),
    (b, onError) => csvRows(gunzip(bytesSource(b)), { onError }),
  ],
  lines: [cut(rows), rows, (b, onError) => textLines(gunzip(bytesSource(b)), { onError })],
  paragraphs: [
    cut(rows, "\n\n"),
    rows,
    (b, onError) => textParagraphs(gunzip(bytesSource(b)), { onError }),
  ],
};

describe("a compressed file that was cut", () => {
  it.each(Object.keys(readers))("%s: gives what is whole, and is counted once", async (name) => {
    const [bytes, all, read] = readers[name]!;
    const tally = errorTally();
    const got = await collect(read(bytes, tally.onError));
    expect(tally.total()).toBe(1);
    expect(tally.first()[0]).toBeInstanceOf(DataError);
    expect(got.length).toBeGreaterThan(100);
    expect(got.length).toBeLessThan(count);
    expect(got).toEqual(all.slice(0, got.length));
    await expect(collect(read(bytes, "throw"))).rejects.toThrow(DataError);
  });

  it("as one text is left out", async () => {
    const tally = errorTally();
    const source = gunzip(bytesSource(cut(rows)));
    expect(await collect(wholeText(source, { onError: tally.onError }))).toEqual([]);
    expect(tally.total()).toBe(1);
  });

  it("among others does not keep them from being read", async () => {
    const whole = gzipSync(rows.join("\n"));
    const tally = errorTally();
    const files = fromArray([whole, cut(rows), whole]);
    const all = pipe(
      files,
      flatMap((b: Uint8Array) => jsonLines(gunzip(bytesSource(b)), { onError: tally.onError })),
    );
    const got = await collect(all);
    expect(tally.total()).toBe(1);
    expect(got.length).toBeGreaterThan(2 * count);
    expect(got.at(-1)).toEqual(JSON.parse(rows.at(-1)!));
  });
});
