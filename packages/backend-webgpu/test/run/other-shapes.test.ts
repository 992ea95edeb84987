import {
  attention,
  gelu,
  jit,
  referenceBackend,
  type Tensor,
  tensor,
  withBackend,
} from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import { afterAll, expect, it } from "vitest";
import { createWebgpuBackend } from "../../src/index.ts";
import { softwareGpu } from "../support/software-gpu.ts";

const [width, heads] = [8, 2];

/** Numbers without a pattern. */
const noise = (shape: readonly number[], seed: number): Tensor => {
  const count = shape.reduce((n, d) => n * d, 1);
  const data = Float32Array.from({ length: count }, (_, i) =>
    Math.sin(12.9898 * (i + seed) + seed),
  );
  return tensor(data).reshape(shape);
};

/** (..., T, width) -> (heads, T, width / heads) */
const split = (x: Tensor): Tensor => x.reshape([-1, heads, width / heads]).transpose([1, 0, 2]);
const join = (x: Tensor): Tensor => x.transpose([1, 0, 2]).reshape([-1, width]);

/** Attention and an MLP over (T, width). */
const block = (x: Tensor, wq: Tensor, wk: Tensor, wv: Tensor, w1: Tensor, w2: Tensor): Tensor => {
  const [q, k, v] = [wq, wk, wv].map((w) => split(x.matmul(w)));
  const h = x.add(join(attention(q!, k!, v!, { causal: true })));
  return h.add(gelu(h.matmul(w1)).matmul(w2));
};

/** One more token, x (1, width), with the keys and values (T, width) of those before. */
const step = (x: Tensor, keys: Tensor, values: Tensor, w1: Tensor, w2: Tensor): Tensor => {
  const h = x.add(join(attention(split(x), split(keys), split(values))));
  return h.add(gelu(h.matmul(w1)).matmul(w2));
};

const square = [width, width];
const mlp = [
  [width, 4 * width],
  [4 * width, width],
];

/** Runs `fn` on arrays of the given shapes; the results, and the pipelines that were compiled. */
const compare = async (
  backend: Awaited<ReturnType<typeof createWebgpuBackend>>,
  fn: (...xs: Tensor[]) => Tensor,
  shapes: readonly (readonly number[])[],
): Promise<number> => {
  const before = backend.runtime.pipelines.count;
  const run = (on: Backend) =>
    withBackend(on, () => jit(fn)(...shapes.map((s, i) => noise(s, i + 1))).data());
  const [got, want] = [await run(backend), await run(referenceBackend)];
  expect(got.length).toBe(want.length);
  got.forEach((x, i) => expect(x).toBeCloseTo(want[i] ?? Number.NaN, 5));
  return backend.runtime.pipelines.count - before;
};

const made = await createWebgpuBackend({ gpu: softwareGpu() });
const other = await createWebgpuBackend({ gpu: softwareGpu() });
afterAll(() => [made, other].forEach((backend) => backend.dispose()));

it("compiles a growing sequence for its own length, then for all lengths", async () => {
  const counts: number[] = [];
  for (let length = 1; length <= 8; length++)
    counts.push(
      await compare(made, (...xs) => block(...(xs as Parameters<typeof block>)), [
        [length, width],
        ...[square, square, square],
        ...mlp,
      ]),
    );
  // one token; 2 and 3 are few rows for the software adapter; 4 is one block of rows, and 5 and 6 are two
  expect(counts.slice(0, 6).every((n) => n > 0)).toBe(true);
  expect(counts.slice(6)).toEqual([0, 0]);
  expect(Math.max(...counts)).toBeLessThanOrEqual(7);
});

it("compiles a growing cache twice", async () => {
  const counts: number[] = [];
  for (let length = 5; length <= 12; length++)
    counts.push(
      await compare(other, (...xs) => step(...(xs as Parameters<typeof step>)), [
        [1, width],
        [length, width],
        [length, width],
        ...mlp,
      ]),
    );
  // the products are the same at every length: attention alone is compiled for other lengths
  expect(counts[0]).toBeGreaterThan(0);
  expect(counts.slice(1)).toEqual([1, 0, 0, 0, 0, 0, 0]);
});

it("compiles a program for its own shapes once it has run often", async () => {
  const backend = await createWebgpuBackend({ gpu: softwareGpu() });
  const norm = jit((x: Tensor) => x.sub(x.mean(-1, { keepDims: true })).mul(2));
  const run = async (rows: number): Promise<readonly number[]> => {
    const x = noise([rows, width], 1);
    return Array.from(await withBackend(backend, () => norm(x)).data(), Number);
  };
  const { pipelines } = backend.runtime;
  await run(65);
  const want = await run(66);
  const before = pipelines.count;
  for (let i = 1; i < 31; i++) await run(66);
  expect(pipelines.count).toBe(before);
  await run(66);
  expect(pipelines.count).toBe(before + 1);
  expect(await run(66)).toEqual(want);
  backend.dispose();
});
