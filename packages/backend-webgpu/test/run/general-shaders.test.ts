import { createWebgpuBackend } from "@adjoint/backend-webgpu";
import {
  attention,
  type DType,
  gelu,
  grad,
  jit,
  layerNorm,
  matmul,
  softmax,
  sort,
  type Tensor,
  withBackend,
  zeros,
} from "@adjoint/core";
import { afterAll, describe, expect, it } from "vitest";
import { softwareGpu } from "../support/software-gpu.ts";

/** An adapter that has every feature and computes nothing: it takes shaders, or refuses them, as a GPU would. */
const backend = await createWebgpuBackend({ gpu: softwareGpu("null"), tuning: "off" });
afterAll(() => backend.dispose());

const weights = (x: Tensor): Tensor => zeros([x.shape[x.rank - 1] ?? 1, 96], { dtype: x.dtype });
const heads = (x: Tensor): Tensor => x.reshape([2, -1, 4, 16]).transpose([0, 2, 1, 3]);
const seen = (x: Tensor): Tensor => attention(heads(x), heads(x), heads(x), { causal: true });

const programs: Readonly<Record<string, (x: Tensor) => unknown>> = {
  "a product with an epilogue": (x) => gelu(matmul(x, weights(x)).add(1)),
  "a product that is split": (x) => matmul(x.transpose([1, 0]), x),
  "a vector times a matrix": (x) => matmul(x.slice([0, 0], [1, 64]), weights(x)),
  rows: (x) => softmax(layerNorm(x)),
  columns: (x) => x.mul(x).sum(0),
  attention: (x) => seen(x),
  "the derivative of attention": (x) => grad((y: Tensor) => seen(y).sum())(x),
  sorting: (x) => sort(x, 0),
};

describe("shaders for all shapes", () => {
  for (const dtype of ["float32", "float16"] satisfies DType[])
    for (const [name, fn] of Object.entries(programs))
      it(`are taken by a GPU: ${name}, ${dtype}`, async () => {
        const { pipelines } = backend.runtime;
        const program = jit(fn);
        const counts: number[] = [];
        for (const rows of [4000, 4016, 4032]) {
          const x = zeros([rows, 64], { dtype });
          const before = pipelines.count;
          const y = withBackend(backend, () => program(x)) as Tensor;
          await expect(y.data()).resolves.toBeDefined();
          counts.push(pipelines.count - before);
        }
        expect(counts[0]).toBeGreaterThan(0);
        expect(counts[2], String(counts)).toBe(0);
      });
});
