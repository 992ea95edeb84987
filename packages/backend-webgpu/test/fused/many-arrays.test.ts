import {
  concatenate,
  cumsum,
  jit,
  logicalAnd,
  logicalOr,
  maximum,
  softmax,
  sort,
  stack,
  type Tensor,
  where,
  withBackend,
} from "@adjoint/core";
import { createWebgpuBackend } from "@adjoint/backend-webgpu";
import { afterAll, describe, expect, it } from "vitest";
import {
  type Argument,
  checkFused,
  floats,
  indices,
  type Program,
  tensorOf,
} from "../support/check-fused.ts";
import { limitedGpu } from "../support/limited-gpu.ts";
import { softwareGpu } from "../support/software-gpu.ts";

const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

const sum = (xs: readonly Tensor[]): Tensor => xs.reduce((total, x) => total.add(x));

/** Arrays that are stored: a lookup reads each of them. */
const stored = (xs: readonly Tensor[]): readonly Tensor[] => xs.map((x) => sort(x));

const half = (args: readonly Argument[]): readonly Argument[] =>
  args.map((a) => ({ ...a, dtype: "float16" }));

const manyFloats = (n: number): readonly Argument[] => range(n).map((i) => floats([33], i + 1));
const manyInts = (n: number): readonly Argument[] => range(n).map((i) => indices([33], 100, i + 1));

const programs: Readonly<Record<string, readonly [readonly Argument[], Program]>> = {
  "sum of inputs": [manyFloats(40), (...xs) => [sum(xs)]],
  "sum of int32 inputs": [manyInts(40), (...xs) => [sum(xs)]],
  "sum of computed arrays": [manyFloats(30), (...xs) => [sum(stored(xs))]],
  "sum of computed int32 arrays": [manyInts(30), (...xs) => [sum(stored(xs))]],
  "int32 and float32 together": [
    [...manyInts(12), ...manyFloats(12)],
    (...xs) => {
      const all = stored(xs);
      return range(12).map((i) => where(all[i]!.greater(50), all[12 + i]!, all[23 - i]!.neg()));
    },
  ],
  "float16 arrays": [
    half(manyFloats(20)),
    (...xs) => [stored(xs).reduce((a, b) => maximum(a, b.neg())), stored(xs)[3]!],
  ],
  "booleans decide": [
    manyFloats(20),
    (...xs) => {
      const masks = xs.map((x) => cumsum(x).greater(0));
      const [all, any] = [
        masks.reduce((a, b) => logicalAnd(a, b)),
        masks.reduce((a, b) => logicalOr(a, b)),
      ];
      return [all, any, where(any, xs[0]!, xs[1]!)];
    },
  ],
  "concatenation of inputs": [manyFloats(40), (...xs) => [concatenate(xs)]],
  "concatenation of int32 inputs": [manyInts(13), (...xs) => [concatenate(xs)]],
  "concatenation of computed int32 arrays": [
    manyInts(16),
    (...xs) => [concatenate(stored(xs).map((x) => x.add(1)))],
  ],
  "stack of sums": [
    manyFloats(24),
    (...xs) => [
      stack(
        xs.map((x, i) => x.add(xs[(i + 5) % 24]!)),
        1,
      ),
    ],
  ],
  "many results": [
    manyInts(6),
    (...xs) => range(30).map((i) => xs[i % 6]!.mul(i).add(xs[(i + 1) % 6]!)),
  ],
  "rows that many arrays make": [
    range(20).map((i) => floats([9, 7], i + 1)),
    (...xs) => [softmax(sum(stored(xs))), sum(xs).sum(-1)],
  ],
};

/** The fewest storage buffers in one kernel that WebGPU allows, and all that the adapter has. */
describe.each([8, undefined])("kernels of at most %s bindings", async (bindings) => {
  const gpu = softwareGpu();
  const stages = ["PerShaderStage", "InVertexStage", "InFragmentStage"];
  const limit = Object.fromEntries(stages.map((s) => [`maxStorageBuffers${s}`, bindings ?? 0]));
  const backend = await createWebgpuBackend({
    gpu: bindings === undefined ? gpu : limitedGpu(gpu, limit),
  });
  afterAll(() => backend.dispose());

  it("knows its limit", () => {
    const { maxBindings } = backend.device.profile;
    expect(maxBindings).toBe(bindings ?? maxBindings);
  });

  it.each(Object.keys(programs))("%s", (name) => {
    const [args, program] = programs[name]!;
    return checkFused(backend, args, program);
  });
});

it("binds half floats one by one where the device stores them", async () => {
  const limit = { maxStorageBuffersPerShaderStage: 8 };
  const backend = await createWebgpuBackend({ gpu: limitedGpu(softwareGpu("null"), limit) });
  const [args, program] = programs["float16 arrays"]!;
  const compiled = jit((...xs: readonly Tensor[]) => [...program(...xs)]);
  const [y] = withBackend(backend, () => compiled(...args.map(tensorOf)));
  expect((await y!.data()).length).toBe(33); // of zeros: this adapter only checks shaders
  expect(backend.device.profile.f16).toBe(true);
  backend.dispose();
});
