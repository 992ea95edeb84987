import { createOnnxBackend } from "@adjoint/backend-onnx";
import { iota, jit, referenceBackend, setBackend, tensor, vmap } from "@adjoint/core";
import {
  cosineRestarts,
  exponentialDecay,
  inverseSqrt,
  oneCycle,
  piecewiseConstant,
  piecewiseInterpolate,
  polynomialDecay,
  type Schedule,
  warmupCosineDecay,
  warmupCosineRestarts,
  warmupStableDecay,
} from "@adjoint/optim";
import { afterEach, describe, expect, test } from "vitest";
import { fixture, type OwnedSchedule } from "./support/fixtures.ts";

const onnx = await createOnnxBackend({ threads: 1 });
afterEach(() => {
  setBackend(referenceBackend);
});

// oxlint-disable-next-line typescript/no-explicit-any -- JSON that is spread into the settings of many functions
type Config = any;

const makers: Readonly<Record<string, (config: Config) => Schedule>> = {
  cosineRestarts,
  exponentialDecay,
  inverseSqrt,
  oneCycle,
  piecewiseConstant,
  piecewiseInterpolate,
  polynomialDecay,
  warmupCosineDecay,
  warmupCosineRestarts: ({ cycles }) => warmupCosineRestarts(cycles),
  warmupStableDecay,
};

const scheduleOf = ({ name, config }: OwnedSchedule): Schedule => {
  const make = makers[name];
  if (make === undefined) throw new Error(name);
  return make(config);
};

const rows = fixture.ownedSchedules.map(
  (row) => [`${row.name} of ${row.engine} ${JSON.stringify(row.config)}`, row] as const,
);

/** How far a float32 schedule is from a table in doubles, relative to the largest value. */
const worst = (values: OwnedSchedule["values"], got: readonly unknown[]): number => {
  const size = Math.max(...values.map(([, value]) => Math.abs(value)));
  return Math.max(...values.map(([, value], i) => Math.abs(Number(got[i]) - value) / size));
};

describe("tables of optax, PyTorch, transformers, nanochat and CS336", () => {
  test.each(rows)("%s", async (_name, row) => {
    const schedule = jit(scheduleOf(row));
    const got = await Promise.all(row.values.map(([step]) => schedule(step).item()));
    expect(worst(row.values, got)).toBeLessThan(1e-6);
  });

  test.each(rows)("%s as one program over all steps, on ONNX", async (_name, row) => {
    setBackend(onnx);
    const count = Math.max(...row.values.map(([step]) => step)) + 1;
    const all = await jit(vmap(scheduleOf(row)))(iota([count], 0)).data();
    const got = row.values.map(([step]) => all[step]);
    expect(worst(row.values, got)).toBeLessThan(2e-6);
  });

  test("all that have settings of their own have a row", () => {
    expect([...new Set(rows.map(([, { name }]) => name))].sort()).toEqual(
      Object.keys(makers).sort(),
    );
  });
});

describe("cosineRestarts", () => {
  test("starts each cycle at its first step, however late", async () => {
    const schedule = jit(vmap(cosineRestarts({ init: 1, end: 0.25, period: 100, factor: 2 })));
    const starts = Array.from({ length: 12 }, (_, n) => 100 * (2 ** n - 1));
    for (const value of await schedule(tensor(starts)).data()) expect(value).toBeCloseTo(1, 6);
    const ends = starts.slice(3).map((start) => start - 1);
    for (const value of await schedule(tensor(ends)).data()) expect(value).toBeLessThan(0.2501);
  });
});

describe("bad settings", () => {
  test.each([
    [() => polynomialDecay({ init: 1, end: 0, steps: 0, power: 1 }), "steps must be"],
    [() => polynomialDecay({ init: 1, end: 0, steps: 5, power: -1 }), "power must be"],
    [() => exponentialDecay({ init: 1, rate: 0, steps: 5 }), "rate must be"],
    [() => exponentialDecay({ init: 1, rate: 0.5, steps: 5, begin: -1 }), "begin must be"],
    [
      () =>
        piecewiseConstant({
          init: 1,
          scales: [
            [5, 1],
            [4, 1],
          ],
        }),
      "steps must ascend",
    ],
    [() => piecewiseConstant({ init: 1, scales: [[5, -1]] }), "scale must be"],
    [
      () => piecewiseInterpolate({ init: 1, scales: [[-5, 1]], kind: "linear" }),
      "steps are not negative",
    ],
    [() => oneCycle({ peak: 1, steps: 1 }), "steps must be"],
    [() => oneCycle({ peak: 1, steps: 10, peakAt: 1 }), "peakAt must be"],
    [() => oneCycle({ peak: 1, steps: 10, returnAt: 0.1 }), "returnAt must be"],
    [() => cosineRestarts({ init: 1, period: 0 }), "period must be"],
    [() => cosineRestarts({ init: 1, period: 5, factor: 1.5 }), "factor must be"],
    [() => warmupCosineRestarts([]), "takes schedules and, ascending"],
    [
      () => warmupStableDecay({ peak: 1, warmupSteps: 1, stableSteps: 1, decaySteps: 0 }),
      "decaySteps must be",
    ],
    [() => inverseSqrt({ peak: 1, warmupSteps: 0 }), "warmupSteps must be"],
  ])("%# is refused", (make, message) => {
    expect(make).toThrow(message);
  });
});
