import { createOnnxBackend } from "@adjoint/backend-onnx";
import { type DType, getBackend, grad, jit, referenceBackend, setBackend } from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import { assertAllclose } from "@adjoint/core/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toTensor } from "../../nn/test/support/fixtures.ts";
import {
  batchAt,
  byName,
  configOf,
  expectedGrads,
  fixture,
  fixtureRecipe,
  lossOf,
  startParams,
} from "./support/gpt-fixture.ts";

type Case = {
  readonly engine: string;
  readonly dtype: DType;
  readonly scanBlocks: boolean;
  /** Relative tolerance. */
  readonly rtol: number;
};

// learning rates are float32 in both precisions, hence 1e-6 for float64
const cases: readonly Case[] = [false, true].flatMap((scanBlocks) => [
  { engine: "reference", dtype: "float64", scanBlocks, rtol: 1e-6 },
  { engine: "reference", dtype: "float32", scanBlocks, rtol: 1e-4 },
  { engine: "onnx", dtype: "float32", scanBlocks, rtol: 1e-4 },
]);

const engines: Readonly<Record<string, () => Promise<Backend>>> = {
  reference: () => Promise.resolve(referenceBackend),
  onnx: () => createOnnxBackend(),
};

/** Greatest relative difference of two lists of numbers. */
const worst = (actual: readonly number[], expected: readonly number[]): number => {
  expect(actual.length).toBe(expected.length);
  return Math.max(...actual.map((x, i) => Math.abs(x / (expected[i] ?? Number.NaN) - 1)));
};

describe.each(cases)("a GPT on $engine in $dtype, scanBlocks $scanBlocks", (row) => {
  const { dtype, scanBlocks, rtol } = row;
  const before = getBackend();
  const config = configOf(scanBlocks);

  beforeAll(async () => setBackend((await engines[row.engine]?.()) ?? before));
  afterAll(() => setBackend(before));

  test("has PyTorch's loss, with ignored targets too", async () => {
    const params = startParams(dtype, scanBlocks);
    const { evaluate } = fixtureRecipe(config);
    const batch = batchAt(0);
    const ignored = { inputs: batch.inputs, targets: toTensor(fixture.ignored.targets) };
    const losses = [
      Number(await evaluate(params, batch).item()),
      Number(await evaluate(params, ignored).item()),
    ];
    expect(worst(losses, [fixture.loss, fixture.ignored.loss])).toBeLessThan(rtol / 10);
  });

  test("has each of PyTorch's gradients", async () => {
    const gradients = jit(grad(lossOf(config)))(startParams(dtype, scanBlocks), batchAt(0));
    const atol = dtype === "float64" ? 1e-9 : 1e-6;
    await assertAllclose(gradients, expectedGrads(dtype, scanBlocks), { rtol: rtol * 10, atol });
  });

  test("follows PyTorch through 30 steps of AdamW", async () => {
    const recipe = fixtureRecipe(config);
    const { losses, gradNorms, final } = fixture.trajectory;
    const seen: { loss: number; gradNorm: number }[] = [];
    let state = recipe.init(startParams(dtype, scanBlocks));
    for (let step = 0; step < losses.length; step++) {
      const [next, metrics] = recipe.step(state, batchAt(step));
      state = next;
      seen.push({
        loss: Number(await metrics.loss.item()),
        gradNorm: Number(await metrics.gradNorm.item()),
      });
    }
    expect(losses.length).toBe(30);
    expect(
      worst(
        seen.map(({ loss }) => loss),
        losses,
      ),
    ).toBeLessThan(rtol);
    expect(
      worst(
        seen.map(({ gradNorm }) => gradNorm),
        gradNorms,
      ),
    ).toBeLessThan(rtol);
    expect(await state.step.item()).toBe(30);
    const params = byName(state.params);
    expect([...params.keys()].sort()).toEqual(Object.keys(final).sort());
    for (const [name, { norm, head }] of Object.entries(final)) {
      const values = Array.from((await params.get(name)?.data()) ?? []);
      expect(worst([Math.hypot(...values)], [norm])).toBeLessThan(rtol);
      values
        .slice(0, head.length)
        .forEach((x, i) => expect(x).toBeCloseTo(head[i] ?? Number.NaN, 4));
    }
  });
});
