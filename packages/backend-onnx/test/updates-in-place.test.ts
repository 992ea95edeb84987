import { createOnnxBackend } from "@adjoint/backend-onnx";
import { dynamicUpdateSlice, jit, type Tensor, tensor, withBackend, zeros } from "@adjoint/core";
import { traceFunction, type Var } from "@adjoint/core/backend";
import { describe, expect, it } from "vitest";
import { prepare } from "../src/backend/prepare.ts";
import { updatesInPlace } from "../src/backend/updates-in-place.ts";

type State = { readonly rows: Tensor; readonly length: Tensor };

const [heads, capacity, size] = [2, 6, 3];
const empty = (): State => ({
  rows: zeros([heads, capacity, size]),
  length: tensor(0, { dtype: "int32" }),
});

const extend = ({ rows, length }: State, x: Tensor): State => ({
  rows: dynamicUpdateSlice(rows, x, [0, length, 0]),
  length: length.add(1),
});

const row = (at: number): Tensor =>
  tensor(Float32Array.from({ length: heads * size }, (_, i) => 10 * at + i)).reshape([
    heads,
    1,
    size,
  ]);

/** The rows after `count` steps. */
const expected = (count: number): number[] =>
  Array.from({ length: heads }, (_, h) =>
    Array.from({ length: capacity }, (__, s) =>
      Array.from({ length: size }, (___, i) => (s < count ? 10 * (s + 1) + h * size + i : 0)),
    ),
  ).flat(2);

const values = async (x: Tensor): Promise<number[]> => [...(await x.data())].map(Number);

const withOnnx = async (body: () => Promise<void>): Promise<void> => {
  const backend = await createOnnxBackend();
  await withBackend(backend, body);
  backend.dispose();
};

const updates = (fn: (state: State, x: Tensor) => unknown): number => {
  const { ir } = traceFunction("test", fn as never, [empty(), row(1)] as never);
  const given: ReadonlySet<Var> = new Set(ir.inputs.slice(0, 2));
  return updatesInPlace(prepare(ir).ir, given).size;
};

describe("donated arrays that rows are written into", () => {
  it("are where the result is, if nothing else reads them", () => {
    expect(updates(extend)).toBe(1);
    expect(updates((s, x) => [extend(s, x), s.rows.sum()])).toBe(0);
    expect(updates((s, x) => [extend(s, x), s.rows])).toBe(0);
    expect(updates((s, x) => extend(s, x).rows.sum())).toBe(0);
  });

  it("hold what each step wrote", () =>
    withOnnx(async () => {
      const step = jit(extend, { donateArgnums: [0] });
      let state: State = empty();
      for (let i = 1; i <= 4; i++) {
        state = step(state, row(i));
        expect(await values(state.rows)).toEqual(expected(i));
      }
    }));

  it("stay as they are when they are not donated", () =>
    withOnnx(async () => {
      const step = jit(extend);
      const before = empty();
      const after = step(before, row(1));
      expect(await values(before.rows)).toEqual(expected(0));
      expect(await values(after.rows)).toEqual(expected(1));
    }));

  it("stay as they are while somebody sees them under another shape", () =>
    withOnnx(async () => {
      const step = jit(extend, { donateArgnums: [0] });
      const first = step(empty(), row(1));
      const seen = first.rows.reshape([heads * capacity, size]);
      const second = step(first, row(2));
      expect(await values(seen)).toEqual(expected(1));
      expect(await values(second.rows)).toEqual(expected(2));
    }));

  it("are not written by another sequence that goes on", () =>
    withOnnx(async () => {
      const step = jit(extend, { donateArgnums: [0] });
      let one = step(empty(), row(1));
      let other = step(empty(), row(1));
      one = step(one, row(2));
      const kept = await values(one.rows);
      other = step(other, row(7));
      one.length.dispose();
      expect(await values(one.rows)).toEqual(kept);
      one.rows.dispose();
      other = step(other, row(8));
      const third = step(empty(), row(1));
      expect((await values(other.rows)).slice(3, 9)).toEqual([70, 71, 72, 80, 81, 82]);
      expect(await values(third.rows)).toEqual(expected(1));
    }));
});
