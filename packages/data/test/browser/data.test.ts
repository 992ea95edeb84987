import {
  blobSource,
  collect,
  csvRows,
  decodeImage,
  fromIndexed,
  fromWorker,
  gunzip,
  jsonLines,
  prefetch,
  shuffle,
  textLines,
  urlSource,
  WorkerError,
} from "@adjoint/data";
import { describe, expect, it } from "vitest";

const lines = Array.from({ length: 300 }, (_, i) => JSON.stringify({ i, text: `row ${i} é` }));
const text = `${lines.join("\n")}\n`;

describe("sources of a browser", () => {
  it("reads and resumes a file that a user chose", async () => {
    const rows = jsonLines(blobSource(new File([text], "rows.jsonl")));
    const iterator = rows.open();
    for (let i = 0; i < 120; i++) await iterator.next();
    const rest = await collect(rows.open(iterator.state()));
    await iterator.return();
    expect(rest.map((row) => row["i"])).toEqual(lines.slice(120).map((_, i) => i + 120));
    const broken = csvRows(blobSource(new File(['a\n"x'], "broken.csv")));
    await expect(collect(broken)).rejects.toThrow(/broken\.csv, line 2/);
  });

  it("decompresses what the browser compressed, several members too", async () => {
    const pack = (part: string): Promise<Blob> =>
      new Response(new Blob([part]).stream().pipeThrough(new CompressionStream("gzip"))).blob();
    const packed = new Blob([await pack(text), await pack("the end")]);
    expect(await collect(textLines(gunzip(blobSource(packed))))).toEqual([...lines, "the end"]);
  });

  it("reads an address from any place", async () => {
    const address = URL.createObjectURL(new Blob([text]));
    const source = urlSource(address);
    expect(await source.size()).toBe(new TextEncoder().encode(text).length);
    expect(new TextDecoder().decode(await source.slice(2, 9))).toBe(text.slice(2, 9));
    const rows = textLines(source);
    const iterator = rows.open();
    for (let i = 0; i < 7; i++) await iterator.next();
    expect(await collect(rows.open(iterator.state()))).toEqual(lines.slice(7));
    await iterator.return();
    URL.revokeObjectURL(address);
  });

  it("decodes an image that a canvas drew", async () => {
    const canvas = new OffscreenCanvas(4, 3);
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("no canvas");
    context.fillStyle = "rgb(10 200 30)";
    context.fillRect(0, 0, 4, 3);
    const file = new Uint8Array(
      await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer(),
    );
    const image = decodeImage(file, { channels: 3 });
    expect([image.width, image.height, ...image.data.slice(0, 3)]).toEqual([4, 3, 10, 200, 30]);
  });
});

describe("datasets in workers", () => {
  const there = fromWorker<{ readonly i: number; readonly data: Float32Array }>(
    () => new Worker(new URL("./support/rows.worker.ts", import.meta.url), { type: "module" }),
    { ahead: 4 },
  );
  const here = fromIndexed(50, (i) => i, { key: 5 });

  it("gives the worker's items, and goes on from its states", async () => {
    const order = await collect(here);
    const iterator = there.open();
    for (const i of order.slice(0, 20))
      expect((await iterator.next()).value).toEqual({ i, data: Float32Array.of(i / 2) });
    const state = iterator.state();
    await iterator.return();
    const rest = await collect(prefetch<{ readonly i: number }>(3)(there).open(state));
    expect(rest.map(({ i }) => i)).toEqual(order.slice(20));
  });

  it("says when a worker cannot start", async () => {
    const missing = fromWorker(() => new Worker("/nowhere.js", { type: "module" }));
    await expect(collect(missing)).rejects.toThrow(WorkerError);
  });

  it("shuffles as in Node", async () => {
    const order = shuffle<number>(4, { key: 0 })(fromIndexed(6, (i) => i + 1));
    expect(await collect(order)).toEqual([2, 1, 4, 5, 3, 6]);
  });
});
