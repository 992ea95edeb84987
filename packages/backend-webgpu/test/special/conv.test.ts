import type { HostArray } from "@adjoint/core/backend";
import { expect, it } from "vitest";
import type { ConvParams } from "../../../core/src/primitives/conv-shape.ts";
import { convP } from "../../../core/src/primitives/conv.ts";
import { both, filled, hardware, randomSource, validateHalf } from "./run-plan.ts";

type Case = {
  readonly x: readonly number[];
  readonly kernel: readonly number[];
  readonly params?: Partial<ConvParams>;
};

const paramsOf = ({ x, params }: Case): ConvParams => ({
  strides: x.slice(2).map(() => 1),
  padding: x.slice(2).map(() => [0, 0]),
  lhsDilation: x.slice(2).map(() => 1),
  rhsDilation: x.slice(2).map(() => 1),
  groups: 1,
  batchGroups: 1,
  ...params,
});

const close = (got: readonly HostArray[], expected: readonly HostArray[]): void => {
  const [a, b] = [Array.from(got[0]?.data ?? []), Array.from(expected[0]?.data ?? [])];
  const scale = b.reduce((most, y) => Math.max(most, Math.abs(y)), 0);
  expect(a).toHaveLength(b.length);
  for (const [i, y] of b.entries())
    expect(Math.abs((a[i] ?? Number.NaN) - y)).toBeLessThanOrEqual(2e-6 * scale);
};

const cases: readonly Case[] = [
  { x: [1, 1, 1], kernel: [1, 1, 1] },
  { x: [3, 5], kernel: [7, 5] },
  { x: [2, 3, 17], kernel: [5, 3, 3], params: { strides: [2], padding: [[1, 2]] } },
  {
    x: [2, 3, 9, 7],
    kernel: [8, 3, 3, 3],
    params: {
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
  },
  {
    x: [2, 16, 9, 11],
    kernel: [20, 16, 3, 3],
    params: {
      strides: [2, 2],
      padding: [
        [1, 1],
        [-1, 1],
      ],
      rhsDilation: [1, 2],
    },
  },
  {
    x: [1, 8, 5, 5],
    kernel: [9, 8, 3, 3],
    params: {
      lhsDilation: [2, 3],
      padding: [
        [2, 1],
        [2, 2],
      ],
    },
  },
  { x: [2, 12, 7, 7], kernel: [24, 4, 3, 3], params: { groups: 3 } },
  {
    x: [2, 6, 7, 7],
    kernel: [6, 1, 3, 3],
    params: {
      groups: 6,
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
  },
  { x: [6, 5, 7, 7], kernel: [27, 5, 3, 3], params: { batchGroups: 3 } },
  {
    x: [3, 65, 6, 6],
    kernel: [70, 65, 4, 4],
    params: {
      padding: [
        [1, 1],
        [1, 1],
      ],
      rhsDilation: [2, 2],
      strides: [1, 1],
    },
  },
  {
    x: [1, 3, 4, 5, 6],
    kernel: [9, 3, 2, 2, 3],
    params: {
      strides: [1, 2, 1],
      padding: [
        [0, 0],
        [1, 0],
        [1, 1],
      ],
    },
  },
  { x: [1, 2, 4], kernel: [2, 2, 7], params: { padding: [[0, 0]] } },
];

it.each(cases)("convolves $x with $kernel, $params", async (shapes) => {
  const next = randomSource(23);
  const inputs = [shapes.x, shapes.kernel].map((shape) =>
    filled(shape, "float32", () => next() - 0.5),
  );
  const direct = await both(convP, inputs, paramsOf(shapes));
  close(direct.got, direct.expected);
  const other = await both(convP, inputs, paramsOf(shapes), { profile: hardware });
  close(other.got, other.expected);
});

it("cuts the depth of a kernel's gradient into parts", async () => {
  const next = randomSource(29);
  const shapes = {
    x: [3, 40, 9, 9],
    kernel: [17, 40, 7, 7],
    params: {
      padding: [
        [0, 0],
        [0, 0],
      ] as const,
    },
  };
  const inputs = [shapes.x, shapes.kernel].map((shape) =>
    filled(shape, "float32", () => next() - 0.5),
  );
  const { expected, got, plan } = await both(convP, inputs, paramsOf(shapes), {
    profile: hardware,
  });
  expect(plan.kernels.map((k) => k.name)).toEqual(["conv_tiles", "conv_parts"]);
  close(got, expected);
});

it.each(["int32", "uint32"] as const)("convolves %s, wrapping", async (dtype) => {
  const next = randomSource(31);
  const inputs = [
    [2, 3, 9],
    [4, 3, 3],
  ].map((shape) => filled(shape, dtype, () => Math.floor(next() * 2 ** 31)));
  const { expected, got } = await both(convP, inputs, paramsOf({ x: [2, 3, 9], kernel: [] }));
  expect(got).toEqual(expected);
});

it("compiles for float16", async () => {
  for (const features of [3, 40])
    await validateHalf(
      convP,
      [
        { shape: [2, 40, 9, 9], dtype: "float16" },
        { shape: [features, 40, 7, 7], dtype: "float16" },
      ],
      paramsOf({ x: [2, 40, 9, 9], kernel: [] }),
    );
});
