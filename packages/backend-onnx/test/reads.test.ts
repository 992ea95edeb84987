import { createOnnxBackend } from "@adjoint/backend-onnx";
import {
  copyTo,
  dynamicUpdateSlice,
  jit,
  referenceBackend,
  type Tensor,
  tensor,
  withBackend,
  zeros,
} from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import { describe, expect, it } from "vitest";
import { onnxBackend } from "../src/backend/onnx-backend.ts";
import { Storage } from "../src/backend/storage.ts";
import { Arena } from "../src/machine/arena.ts";
import { makeMachine } from "../src/machine/machine.ts";
import { loadPublicSession } from "../src/runtime/load-session.ts";

/** Enough elements for generated kernels to update what is donated in their own memory. */
const size = 2 ** 14;
const steps = 6;
const arena = new Arena(false);

/** Every engine; those of browsers run in the background. */
const backends: readonly (readonly [string, Backend])[] = [
  ["at once", await createOnnxBackend()],
  ["in the background", onnxBackend({ isSync: false, load: loadPublicSession })],
  [
    "on generated kernels",
    onnxBackend({
      isSync: false,
      load: loadPublicSession,
      machine: (folded, donated) => makeMachine(folded, donated, arena, undefined),
    }),
  ],
];

const counts = Array.from({ length: steps }, (_, i) => i + 1);
const ones = (): Tensor => tensor(new Float32Array(size).fill(1));
/** x + 1 for whole numbers, in enough operations for the same. */
const next = (x: Tensor): Tensor => x.add(x.floor()).mul(0.5).add(1);
const row = (i: number): Tensor =>
  tensor(Float32Array.from({ length: 4 }, () => i)).reshape([1, 4]);

/** The first number of an array however nested. */
const first = (x: unknown): unknown => (Array.isArray(x) ? first(x[0]) : x);

const ways: Readonly<Record<string, (x: Tensor) => Promise<unknown>>> = {
  data: async (x) => (await x.data())[size - 1],
  toArray: async (x) => first(await x.toArray()),
  copyTo: async (x) => (await copyTo(referenceBackend, x)).dataSync()[0],
};

describe.each(backends)(
  "a read that has begun keeps its numbers: programs run %s",
  (_, backend) => {
    const on = <T>(body: () => T): T => withBackend(backend, body);

    it.each(["data", "toArray", "copyTo"])("%s() before each step that donates", async (way) => {
      const step = jit(next, { donateArgnums: [0] });
      const read = ways[way] as (x: Tensor) => Promise<unknown>;
      for (const isAwaited of [true, false]) {
        let x = on(() => jit((y: Tensor) => y.mul(1))(ones()));
        if (isAwaited) await x.data();
        const reads: Promise<unknown>[] = [];
        for (let i = 0; i < steps; i++) {
          reads.push(read(x));
          x = on(() => step(x));
        }
        expect(await Promise.all(reads)).toEqual(counts);
        expect((await x.data())[0]).toBe(steps + 1);
      }
    });

    it("item() before each step that donates", async () => {
      const step = jit(next, { donateArgnums: [0] });
      let x = on(() => step(tensor([0])));
      const reads: Promise<unknown>[] = [];
      for (let i = 0; i < steps; i++) {
        reads.push(x.item());
        x = on(() => step(x));
      }
      expect(await Promise.all(reads)).toEqual(counts);
    });

    it("state that is left out of a step in between", async () => {
      type State = { readonly a: Tensor; readonly b: Tensor };
      const step = jit(({ a, b }: State): State => ({ a: next(a).add(b).sub(1), b: b.mul(2) }), {
        donateArgnums: [0],
      });
      let state = on((): State => step({ a: ones(), b: ones() }));
      const reads: Promise<unknown>[] = [];
      for (let i = 0; i < 4; i++) {
        if (i % 2 === 0) reads.push(state.a.data().then((d) => d[0]));
        reads.push(state.b.data().then((d) => d[size - 1]));
        state = on(() => step(state));
      }
      expect(await Promise.all(reads)).toEqual([2, 2, 4, 8, 8, 16]);
    });

    it("rows that are written into a donated array", async () => {
      const put = (x: Tensor, update: Tensor, i: Tensor): Tensor =>
        dynamicUpdateSlice(x, update, [i, 0]);
      const step = jit(put, { donateArgnums: [0] });
      let x = on(() => jit((y: Tensor) => y.add(0))(zeros([8, 4])));
      await x.data();
      const reads: Promise<number>[] = [];
      for (let i = 0; i < steps; i++) {
        reads.push(x.data().then((d) => [...d].map(Number).reduce((a, b) => a + b, 0)));
        x = on(() => step(x, row(1), tensor(i, { dtype: "int32" })));
      }
      expect(await Promise.all(reads)).toEqual(counts.map((n) => 4 * (n - 1)));
    });

    it("a tensor that is disposed of meanwhile", async () => {
      const step = jit(next);
      let x = on(() => step(zeros([size])));
      const reads: Promise<unknown>[] = [];
      for (let i = 0; i < steps; i++) {
        reads.push(x.data().then((d) => d[0]));
        const next = on(() => step(x));
        x.dispose();
        x = next;
      }
      expect(await Promise.all(reads)).toEqual(counts);
    });

    it("so does a run that was asked for before its operand was disposed of", async () => {
      const step = jit((a: Tensor, b: Tensor) => next(a).mul(3).add(b), { donateArgnums: [0] });
      const before = on(() => step(ones(), ones())); // lies where the next run wants its first operand
      const after = on(() => step(ones().add(1), before));
      before.dispose();
      expect((await after.data())[0]).toBe(16);
    });
  },
);

describe("contents that are promised", () => {
  it("are not given to another run while a copy waits for them", async () => {
    const storage = new Storage(undefined);
    let settle = (): void => undefined;
    storage.promise(new Promise((resolve) => (settle = resolve)));
    const end = storage.own().disown;
    expect(storage.isExclusive).toBe(true);
    const copy = storage.copy();
    expect(storage.isExclusive).toBe(false);
    end();
    expect(storage.isNeeded).toBe(true);
    storage.settle(Float32Array.of(1, 2));
    settle();
    expect([...(await copy)]).toEqual([1, 2]);
    expect(storage.isNeeded).toBe(false);
  });

  it("are let go when they fail", async () => {
    const storage = new Storage(undefined).own();
    storage.promise(Promise.reject(new Error("no")));
    await expect(storage.copy()).rejects.toThrow("no");
    expect(storage.isExclusive).toBe(true);
  });
});
