import { iota, jit, vmap } from "@adjoint/core";
import {
  constantSchedule,
  cosineDecay,
  joinSchedules,
  linearSchedule,
  type Schedule,
  warmupCosineDecay,
} from "@adjoint/optim";
import { describe, expect, test } from "vitest";
import { fixture, type OptimFixture } from "./support/fixtures.ts";

type Row = OptimFixture["schedules"][number];

const scheduleOf = ({ name, style, options }: Row): Schedule => {
  const {
    peak = 0,
    end = 0,
    warmup = 0,
    decaySteps = 0,
    alpha = 0,
    start = 0,
    steps = 0,
  } = options;
  if (name === "linear") return linearSchedule({ init: start, end, steps });
  if (name === "cosine") return cosineDecay({ init: peak, end: peak * alpha, steps: decaySteps });
  const rule = style.startsWith("nanoGPT") ? "nanoGpt" : "optax";
  return warmupCosineDecay({ peak, end, warmupSteps: warmup, decaySteps, rule });
};

describe("tables of nanoGPT and optax", () => {
  test.each(
    fixture.schedules.map(
      (row) => [`${row.name} (${row.style}) ${JSON.stringify(row.options)}`, row] as const,
    ),
  )("%s", async (_name, row) => {
    const schedule = jit(scheduleOf(row));
    for (const [step, expected] of row.values) {
      const scale = row.options["peak"] ?? 1;
      expect(Math.abs(Number(await schedule(step).item()) - expected), `step ${step}`).toBeLessThan(
        1e-6 * scale,
      );
    }
  });

  test("nanoGPT's character model", async () => {
    const schedule = warmupCosineDecay({
      peak: 1e-3,
      end: 1e-4,
      warmupSteps: 100,
      decaySteps: 2000,
      rule: "nanoGpt",
    });
    const pins = [
      [0, 9.90099e-6],
      [99, 9.90099e-4],
      [100, 1e-3],
      [1050, 5.5e-4],
      [2000, 1e-4],
      [9999, 1e-4],
    ] as const;
    for (const [step, rate] of pins)
      expect(Number(await schedule(step).item()) / rate).toBeCloseTo(1, 5);
  });
});

describe("schedules are tensor functions", () => {
  test("of an int32 step, under vmap too", async () => {
    const schedule = linearSchedule({ init: 0, end: 3, steps: 3 });
    expect(await vmap(schedule)(iota([5], 0)).toArray()).toEqual([0, 1, 2, 3, 3]);
  });

  test("without warmup the decay starts at once", async () => {
    const options = { peak: 2, end: 1, warmupSteps: 0, decaySteps: 4 };
    for (const rule of ["optax", "nanoGpt"] as const)
      expect(await warmupCosineDecay({ ...options, rule })(0).item()).toBe(2);
  });

  test("joined schedules count from their boundary", async () => {
    const ramp = linearSchedule({ init: 0, end: 10, steps: 10 });
    const schedule = joinSchedules([ramp, constantSchedule(7), ramp], [2, 4]);
    expect(await Promise.all([0, 1, 2, 3, 4, 6].map((step) => schedule(step).item()))).toEqual([
      0, 1, 7, 7, 0, 2,
    ]);
  });
});

describe("bad settings", () => {
  test.each([
    [
      () => linearSchedule({ init: 0, end: 1, steps: 0 }),
      "steps must be a whole number of at least 1",
    ],
    [() => linearSchedule({ init: Number.NaN, end: 1, steps: 1 }), "init must be a finite number"],
    [() => cosineDecay({ init: 1, end: 0, steps: 1.5 }), "steps must be a whole number"],
    [
      () => warmupCosineDecay({ peak: 1, warmupSteps: 10, decaySteps: 10 }),
      "decaySteps must be a whole number of at least 11",
    ],
    [() => warmupCosineDecay({ peak: 1, warmupSteps: -1, decaySteps: 10 }), "warmupSteps must be"],
    [() => joinSchedules([], []), "takes schedules and, ascending"],
    [
      () => joinSchedules([constantSchedule(1), constantSchedule(2)], []),
      "takes schedules and, ascending",
    ],
    [
      () => joinSchedules([constantSchedule(1), constantSchedule(2), constantSchedule(3)], [5, 4]),
      "takes schedules and, ascending",
    ],
  ])("%# is refused", (make, message) => {
    expect(make).toThrow(message);
  });
});
