import { createOnnxBackend } from "@adjoint/backend-onnx";
import {
  attention,
  type AttentionOptions,
  jit,
  type Tensor,
  tensor,
  withBackend,
} from "@adjoint/core";
import { traceFunction } from "@adjoint/core/backend";
import { describe, expect, it } from "vitest";
import { prepare } from "../src/backend/prepare.ts";

const numbers = (shape: readonly number[], phase = 0.3): Tensor => {
  const size = shape.reduce((n, d) => n * d, 1);
  const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7 + phase));
  return tensor(data).reshape(shape);
};

/** true but for every third element, and for all of the first `hidden`. */
const seen = (shape: readonly number[], hidden = 0): Tensor => {
  const size = shape.reduce((n, d) => n * d, 1);
  const data = Uint8Array.from({ length: size }, (_, i) => (i < hidden || i % 3 === 2 ? 0 : 1));
  return tensor(data, { dtype: "bool" }).reshape(shape);
};

type Case = {
  readonly q: readonly number[];
  readonly k: readonly number[];
  readonly v?: readonly number[];
  readonly options?: AttentionOptions;
};

const run = ({ q, k, v = k, options = {} }: Case): Tensor =>
  attention(numbers(q), numbers(k, 0.9), numbers(v, 1.4), options);

/** Names of the operations that ONNX Runtime is given. */
const opsOf = ({ q, k, v = k, options = {} }: Case): readonly string[] => {
  const args = [numbers(q), numbers(k), numbers(v)];
  const fn = (a: Tensor, b: Tensor, c: Tensor): Tensor => attention(a, b, c, options);
  const { ir } = traceFunction("test", fn as never, args as never);
  return prepare(ir, { isNative: true }).ir.eqns.map(({ primitive }) => primitive.name);
};

const one: Case = { q: [1, 4, 1, 8], k: [1, 4, 6, 8] };

const taken: Readonly<Record<string, Case>> = {
  "one query": one,
  "one query that is causal": { ...one, options: { causal: true } },
  "grouped heads and a scale": { q: [2, 6, 3, 8], k: [2, 2, 5, 8], options: { scale: 0.7 } },
  "no batch": { q: [4, 2, 8], k: [2, 5, 8], options: { mask: seen([2, 5]) } },
  "values of another size": { q: [1, 2, 1, 8], k: [1, 2, 5, 8], v: [1, 2, 5, 3] },
  "a mask for all": { ...one, options: { mask: seen([1, 6]) } },
  "a mask of rank 4 for all": { ...one, options: { mask: seen([1, 1, 1, 6]) } },
  "a mask for each sequence": {
    q: [3, 4, 2, 8],
    k: [3, 2, 6, 8],
    options: { mask: seen([3, 1, 2, 6]) },
  },
  "a mask for each head": { q: [3, 4, 2, 8], k: [3, 2, 6, 8], options: { mask: seen([4, 2, 6]) } },
  "queries that see nothing": {
    q: [2, 4, 2, 8],
    k: [2, 2, 6, 8],
    options: { mask: seen([2, 1, 2, 6], 18) },
  },
  "a bias": { q: [2, 4, 2, 8], k: [2, 4, 6, 8], options: { bias: numbers([4, 2, 6]) } },
};

const left: Readonly<Record<string, Case>> = {
  "many queries": { q: [1, 4, 16, 8], k: [1, 4, 16, 8] },
  "several causal queries": { q: [1, 4, 2, 8], k: [1, 4, 6, 8], options: { causal: true } },
  "a window": { ...one, options: { window: 2 } },
  "a cap": { ...one, options: { softcap: 5 } },
  "a scale of 0": { ...one, options: { scale: 0 } },
  "a scale that float32 has no number for": { ...one, options: { scale: 1e-60 } },
  "a negative scale": { ...one, options: { scale: -0.7 } },
  "a mask and a bias": { ...one, options: { mask: seen([1, 6]), bias: numbers([1, 6]) } },
  "one number for all keys": {
    q: [1, 4, 2, 8],
    k: [1, 4, 6, 8],
    options: { bias: numbers([2, 1]) },
  },
};

const expectEqual = async (test: Case): Promise<void> => {
  const want = await run(test).data();
  const backend = await createOnnxBackend();
  const got = await withBackend(backend, () => jit(() => run(test))()).data();
  want.forEach((x, i) => expect(got[i]).toBeCloseTo(x, 5));
  expect(got.length).toBe(want.length);
  backend.dispose();
};

describe("attention of few queries", () => {
  it.each(Object.entries(taken))("%s: one operation, with the same numbers", async (_, test) => {
    expect(opsOf(test)).toContain("attention");
    expect(opsOf(test)).not.toContain("dotGeneral");
    await expectEqual(test);
  });

  it.each(Object.entries(left))("%s: products and a softmax", async (_, test) => {
    expect(opsOf(test)).not.toContain("attention");
    await expectEqual(test);
  });

  it.each([1, 16])(
    "of %i queries: hidden NaN is left out where zeros take its place",
    async (t) => {
      const visible = seen([6]);
      const shown = visible.expandDims(-1);
      const spoilt = (x: Tensor): Tensor => shown.where(x, Number.NaN);
      const options = { mask: visible.expandDims(0) };
      const [q, k, v] = [
        numbers([1, 2, t, 8]),
        numbers([1, 2, 6, 8], 0.9),
        numbers([1, 2, 6, 3], 1.4),
      ];
      const want = await attention(q, spoilt(k), spoilt(v), options).data();
      const backend = await createOnnxBackend();
      const cleaned = jit((a: Tensor, b: Tensor, c: Tensor) =>
        attention(a, shown.where(b, 0), shown.where(c, 0), options),
      );
      const got = await withBackend(backend, () => cleaned(q, spoilt(k), spoilt(v))).data();
      expect([...got]).toEqual([...want].map((x) => expect.closeTo(x, 5)));
      backend.dispose();
    },
  );

  it("gives zeros to queries that see nothing", async () => {
    const backend = await createOnnxBackend();
    const options = { mask: tensor([[false, false]]) };
    const y = await withBackend(backend, () =>
      jit((x: Tensor) => attention(numbers([2, 1, 4]), x, x, options))(numbers([2, 2, 4])),
    ).data();
    expect([...y]).toEqual(new Array(8).fill(0));
    backend.dispose();
  });
});
