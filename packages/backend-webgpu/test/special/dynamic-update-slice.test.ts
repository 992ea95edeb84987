import { expect, it } from "vitest";
import { dynamicUpdateSliceP } from "../../../core/src/primitives/dynamic-slice.ts";
import { specialRules } from "../../src/special/stage.ts";
import { both, filled, runPlan, software, validateHalf } from "./run-plan.ts";

const scalar = (value: number): ReturnType<typeof filled> => filled([], "int32", () => value);

it.each([
  [[1], [1], [0]],
  [[17], [3], [5]],
  [[17], [3], [16]],
  [[17], [3], [-4]],
  [[17], [0], [3]],
  [
    [3, 65, 7],
    [3, 1, 7],
    [0, 64, 0],
  ],
  [
    [3, 65, 7],
    [2, 63, 7],
    [1, 1, 0],
  ],
  [
    [2, 3, 5, 7],
    [2, 2, 5, 3],
    [0, 9, 0, 2],
  ],
  [
    [2, 3, 5, 7],
    [2, 3, 5, 7],
    [3, 9, 0, 2],
  ],
  [[], [], []],
] as const)("replaces in %j a window %j at %j", async (shape, sizes, starts) => {
  for (const dtype of ["float32", "int32", "bool"] as const) {
    const inputs = [
      filled(shape, dtype, (i) => (dtype === "bool" ? i % 2 : i)),
      filled(sizes, dtype, (i) => (dtype === "bool" ? i % 3 : -i - 1)),
      ...starts.map(scalar),
    ];
    const { expected, got } = await both(dynamicUpdateSliceP, inputs, {});
    expect(got).toEqual(expected);
    const rule = specialRules["dynamicUpdateSlice"];
    const plan = rule?.({ operandInPlace: true }, inputs, inputs.slice(0, 1), software);
    const { outputs } = await runPlan(
      plan ?? { kernels: [], temporaries: [] },
      inputs,
      inputs.slice(0, 1),
      inputs,
    );
    expect(outputs).toEqual(expected);
  }
});

it("compiles for float16", async () => {
  const start = { shape: [], dtype: "int32" } as const;
  await validateHalf(
    dynamicUpdateSliceP,
    [{ shape: [3, 5], dtype: "float16" }, { shape: [1, 5], dtype: "float16" }, start, start],
    {},
  );
});
