import type { HostArray } from "@adjoint/core/backend";
import { expect, it } from "vitest";
import type { ScatterMode } from "../../../core/src/primitives/gather-kernels.ts";
import { scatterP } from "../../../core/src/primitives/gather-scatter.ts";
import {
  both,
  filled,
  hardware,
  randomSource,
  runPlan,
  software,
  validateHalf,
} from "./run-plan.ts";
import { specialRules } from "../../src/special/stage.ts";

const modes: readonly ScatterMode[] = ["add", "mul", "max", "min", "set"];

type Case = {
  readonly operand: readonly number[];
  readonly indices: readonly number[];
  readonly updates: readonly number[];
  readonly batchDims?: number;
};

/** Some indices are out of range, most occur more than once. */
const arrays = (
  { operand, indices, updates, batchDims = 0 }: Case,
  dtype: HostArray["dtype"],
  limit?: number,
): readonly HostArray[] => {
  const next = randomSource(17);
  const k = indices.at(-1) ?? 0;
  const values = (): number => {
    if (dtype === "bool") return Math.floor(next() * 2);
    if (dtype !== "float32") return Math.floor(next() * 2 ** 31);
    const x = next();
    if (x < 0.01) return [Number.NaN, Number.POSITIVE_INFINITY, -0][Math.floor(x * 300)] ?? 0;
    return next() * 4 - 2;
  };
  return [
    filled(operand, dtype, values),
    filled(indices, "int32", (i) => {
      const axis = operand[batchDims + (i % k)] ?? 1;
      return Math.floor(next() * ((limit ?? axis) + 2)) - 1;
    }),
    filled(updates, dtype, values),
  ];
};

const cases: readonly Case[] = [
  { operand: [5], indices: [3, 1], updates: [3] },
  { operand: [1, 1], indices: [1, 1], updates: [1, 1] },
  { operand: [17, 3], indices: [63, 1], updates: [63, 3] },
  { operand: [4, 3, 5], indices: [65, 2], updates: [65, 5] },
  { operand: [65, 33], indices: [5, 13, 1], updates: [5, 13, 33] },
  { operand: [3, 7, 17], indices: [3, 65, 1], updates: [3, 65, 17], batchDims: 1 },
  { operand: [3, 700, 40], indices: [3, 65, 1], updates: [3, 65, 40], batchDims: 1 },
  { operand: [9, 5], indices: [3, 0], updates: [3, 9, 5] },
  { operand: [9, 5], indices: [0, 1], updates: [0, 5] },
  { operand: [3001, 9], indices: [65, 1], updates: [65, 9] },
];

it.each(cases)("combines into $operand at $indices", async (shapes) => {
  const inputs = arrays(shapes, "float32");
  for (const mode of modes.slice(0, 3)) {
    const { expected, got } = await both(scatterP, inputs, {
      batchDims: shapes.batchDims ?? 0,
      mode,
    });
    expect(got).toEqual(expected);
  }
});

it.each(["float32", "int32", "uint32", "bool"] as const)(
  "knows every mode for %s",
  async (dtype) => {
    for (const mode of dtype === "bool" ? (["max", "min", "set"] as const) : modes) {
      const shapes = { operand: [20, 3], indices: [65, 1], updates: [65, 3] };
      const { expected, got } = await both(scatterP, arrays(shapes, dtype), { batchDims: 0, mode });
      expect(got).toEqual(expected);
    }
  },
);

const add = { batchDims: 0, mode: "add" } as const;

it("adds the gradient of an embedding in one kernel for a small table", async () => {
  const shapes = { operand: [65, 128], indices: [12, 64, 1], updates: [12, 64, 128] };
  const { expected, got, plan } = await both(scatterP, arrays(shapes, "float32"), add, {
    profile: hardware,
  });
  expect(got).toEqual(expected);
  expect(plan.kernels.map((k) => k.name)).toEqual(["scatter_rows"]);
});

it.each([250, 1000, 70_000])("sorts %i rows for a large table", async (rows) => {
  const shapes = { operand: [5003, 20], indices: [rows, 1], updates: [rows, 20] };
  const inputs = arrays(shapes, "float32");
  const { expected, got, plan } = await both(scatterP, inputs, add);
  expect(got).toEqual(expected);
  if (rows === 250)
    expect(plan.kernels.map((k) => k.name)).toEqual([
      "scatter_sort_block",
      "scatter_copy",
      "scatter_combine",
    ]);
});

it.each(modes)("sorts on a GPU too: %s", async (mode) => {
  const shapes = { operand: [20_011, 6], indices: [600, 1], updates: [600, 6] };
  const params = { batchDims: 0, mode };
  const { expected, got, plan } = await both(scatterP, arrays(shapes, "float32", 20), params, {
    profile: hardware,
  });
  expect(got).toEqual(expected);
  expect(plan.kernels).toHaveLength(2);
});

it("combines long runs of one target", async () => {
  const shapes = { operand: [70_001, 2], indices: [3000, 1], updates: [3000, 2] };
  const { expected, got } = await both(scatterP, arrays(shapes, "float32", 1), add);
  expect(got).toEqual(expected);
});

it.each([
  { operand: [20, 3], indices: [65, 1], updates: [65, 3] },
  { operand: [65, 128], indices: [96, 1], updates: [96, 128] },
  { operand: [50257, 3], indices: [65, 1], updates: [65, 3] },
])("starts from zeros without an operand, or from the result: $operand", async (shapes) => {
  const [x, indices, updates] = arrays(shapes, "float32");
  if (x === undefined || indices === undefined || updates === undefined) return;
  const zeros = filled(x.shape, "float32", () => 0);
  const fromZeros = await both(scatterP, [zeros, indices, updates], add, {
    extra: { zeroOperand: true },
  });
  expect(fromZeros.got).toEqual(fromZeros.expected);
  const names = fromZeros.plan.kernels.flatMap((k) => k.operands.map((o) => o.name));
  expect(names).not.toContain("in0");

  const inputs = [x, indices, updates];
  const plan = specialRules["scatter"]?.({ ...add, operandInPlace: true }, inputs, [x], software);
  const { outputs } = await runPlan(plan ?? { kernels: [], temporaries: [] }, inputs, [x], [x]);
  expect(outputs).toEqual(scatterP.evaluate(inputs, add));
});

it("compiles for float16", async () => {
  for (const [n, w] of [
    [5, 3],
    [65, 128],
    [50257, 768],
  ] as const)
    await validateHalf(
      scatterP,
      [
        { shape: [n, w], dtype: "float16" },
        { shape: [700, 1], dtype: "int32" },
        { shape: [700, w], dtype: "float16" },
      ],
      add,
    );
});

it("rounds half results once", async () => {
  for (const dtype of ["float16", "bfloat16"] as const) {
    const next = randomSource(2);
    const inputs = [
      filled([3, 40], dtype, () => next()),
      filled([17, 1], "int32", (i) => i % 3),
      filled([17, 40], dtype, () => 10 ** (next() * 12 - 8)),
    ];
    const { expected, got } = await both(scatterP, inputs, add);
    expect(got).toEqual(expected);
  }
});
