import { attention, fromData, type Tensor, tensor } from "@adjoint/core";
import { key, normal } from "@adjoint/core/random";
import {
  cumulativeLengths,
  denseSegmentMask,
  packDocuments,
  packedBatch,
  segmentMask,
} from "@adjoint/data";
import { describe, expect, test } from "vitest";

const documents = [[1, 2, 3, 4, 5], [6, 7], [8, 9, 10], [11]].map((ids) => ({
  ids: Int32Array.from(ids),
}));

describe("packedBatch", () => {
  test("keeps documents apart", () => {
    const rows = packDocuments(documents, { length: 6, strategy: "bfd" });
    const batch = packedBatch(rows, { length: 6, padId: 99 });
    expect(batch.shape).toEqual([2, 6]);
    expect([...batch.inputs]).toEqual([1, 2, 3, 4, 5, 11, 8, 9, 10, 6, 7, 99]);
    expect([...batch.targets]).toEqual([
      ...[2, 3, 4, 5, -100, -100],
      ...[9, 10, -100, 7, -100, -100],
    ]);
    expect([...batch.segments]).toEqual([1, 1, 1, 1, 1, 2, 1, 1, 1, 2, 2, 0]);
    expect([...batch.positions]).toEqual([0, 1, 2, 3, 4, 0, 0, 1, 2, 0, 1, 0]);
    expect([...batch.documents]).toEqual([0, 0, 0, 0, 0, 3, 2, 2, 2, 1, 1, -1]);
    expect(batch.trainedTokens).toBe(7);
  });

  test("rows of one more than the length give every input a target when boundaries are ignored", () => {
    const rows = packDocuments(documents, { length: 4, strategy: "wrapped" });
    const batch = packedBatch(rows.slice(0, 2), {
      length: 3,
      boundaries: "ignored",
      ignoreIndex: -1,
    });
    expect([...batch.inputs]).toEqual([1, 2, 3, 5, 6, 7]);
    expect([...batch.targets]).toEqual([2, 3, 4, 6, 7, 8]);
    expect([...batch.segments]).toEqual([1, 1, 1, 1, 1, 1]);
    expect([...batch.positions]).toEqual([0, 1, 2, 0, 1, 2]);
  });

  test("only trained tokens are targets", () => {
    const example = { ids: Int32Array.of(1, 2, 3, 4), trained: Uint8Array.of(0, 0, 1, 1) };
    const batch = packedBatch(packDocuments([example], { length: 4 }), { length: 4 });
    expect([...batch.targets]).toEqual([-100, 3, 4, -100]);
    expect(batch.trainedTokens).toBe(2);
  });

  test("refuses rows that are too long", () => {
    const rows = packDocuments(documents, { length: 5 });
    expect(() => packedBatch(rows, { length: 3 })).toThrow("got 5 in row 0");
  });
});

const rowsOf = (x: Tensor, start: number, end: number): Tensor => x.slice([start, 0], [end, 4]);

test("attention over a packed row is attention over each document alone", async () => {
  const rows = packDocuments(documents, { length: 12, strategy: "wrapped" });
  const { shape, segments } = packedBatch(rows, { length: 12 });
  const [B, T] = shape;
  const x = normal(key(3), [T, 4]);
  const heads = x.expandDims(0).expandDims(0);
  const packed = attention(heads, heads, heads, {
    mask: segmentMask(fromData(segments, [B, T])),
  }).reshape([T, 4]);
  let start = 0;
  for (const { ids } of documents) {
    const end = start + ids.length;
    const own = rowsOf(x, start, end).expandDims(0);
    const causal = segmentMask(tensor([Array.from(ids, () => 1)], { dtype: "int32" }));
    const alone = await attention(own, own, own, { mask: causal.squeeze(0) }).data();
    const part = await rowsOf(packed, start, end).data();
    for (let i = 0; i < alone.length; i++) expect(part[i]).toBeCloseTo(alone[i] ?? Number.NaN, 6);
    start = end;
  }
  const padding = await rowsOf(packed, start, T).data();
  expect([...padding].every((value) => value === 0)).toBe(true);
});

test("the dense mask says the same as the mask of tensors", async () => {
  const rows = packDocuments(documents, { length: 6 });
  const batch = packedBatch(rows, { length: 6 });
  const mask = await segmentMask(fromData(batch.segments, batch.shape)).data();
  expect(Array.from(mask, Number)).toEqual([...denseSegmentMask(batch)]);
  expect([...cumulativeLengths(batch)]).toEqual([0, 5, 6, 9, 11, 12]);
});
