import { ArgumentError, ShapeError, tensor, TreeError } from "@adjoint/core";
import * as optim from "@adjoint/optim";
import {
  adamw,
  applyIfFinite,
  applyUpdates,
  chain,
  emaParams,
  type GradientTransformation,
  identity,
  injectHyperparams,
  lookahead,
  masked,
  multiSteps,
  type OptState,
  partition,
  scheduleFreeSgd,
  setToZero,
  sgd,
  skipNotFinite,
} from "@adjoint/optim";
import { describe, expect, test } from "vitest";

/** A call as plain JavaScript may make it. */
const untyped = (name: string, ...args: readonly unknown[]): unknown =>
  (optim as unknown as Record<string, (...given: readonly unknown[]) => unknown>)[name]?.(...args);

describe("calls without types", () => {
  test.each([
    ...["adafactor", "adagrad", "adam", "adamw", "amsgrad", "lamb", "lion", "nadam", "radam"],
    ...["rmsprop", "scheduleFreeAdamw", "scheduleFreeSgd", "sgd", "sophia"],
    ...["cosineDecay", "cosineRestarts", "exponentialDecay", "inverseSqrt", "linearSchedule"],
    ...["oneCycle", "piecewiseConstant", "piecewiseInterpolate", "polynomialDecay"],
    ...["warmupCosineDecay", "warmupStableDecay"],
  ])("%s() says that it takes settings", (name) => {
    expect(() => untyped(name)).toThrow(ArgumentError);
    expect(() => untyped(name)).toThrow(`${name}: takes its settings in an object, got undefined`);
    expect(() => untyped(name, null)).toThrow("got null");
  });

  test.each(["emaParams", "multiSteps", "scheduleFree"])("%s(rule) too", (name) => {
    expect(() => untyped(name, identity)).toThrow(`${name}: takes its settings in an object`);
  });

  test("what is no transformation is named", () => {
    expect(() => untyped("chain", identity, undefined)).toThrow(
      "chain: takes gradient transformations, { init, update }, got undefined as number 2",
    );
    for (const [name, ...rest] of [
      ["applyIfFinite"],
      ["emaParams", { decay: 0.5 }],
      ["lookahead"],
      ["masked", true],
      ["multiSteps", { every: 2 }],
      ["scheduleFree", { learningRate: 1 }],
    ] as const)
      expect(() => untyped(name, undefined, ...rest)).toThrow(
        `${name}: takes gradient transformations`,
      );
    expect(() => untyped("partition", { a: 3 }, "a")).toThrow("partition: takes gradient");
    expect(() =>
      untyped("piecewiseInterpolate", { init: 1, scales: [[2, 0.5]], kind: "cubic" }),
    ).toThrow("kind is linear or cosine");
  });
});

describe("gradients of another shape than their parameter's", () => {
  const params = { layers: [{ w: tensor([1, 2]) }] };
  const grads = { layers: [{ w: tensor([[1], [2]]) }] };
  const rules: Readonly<Record<string, GradientTransformation>> = {
    sgd: sgd({ learningRate: 1 }),
    momentum: sgd({ learningRate: 1, momentum: 0.9 }),
    adamw: adamw({ learningRate: 1 }),
    muon: optim.muon({ adamw: { learningRate: 1 } }),
    wrapped: multiSteps(masked(emaParams(sgd({ learningRate: 1 }), { decay: 0.9 }), true), {
      every: 2,
    }),
  };
  test.each(Object.entries(rules))("%s refuses them", (_name, rule) => {
    expect(() => rule.update(grads, rule.init(params), params)).toThrow(ShapeError);
    expect(() => rule.update(grads, rule.init(params), params)).toThrow(
      "a gradient has the shape of its parameter, got [2,1] for [2] at layers[0].w",
    );
  });
});

describe("states of rules inside others", () => {
  const params = { a: tensor(1), b: tensor(1) };
  const rates = injectHyperparams(({ rate }) => sgd({ learningRate: rate }), { rate: 0.5 });

  test("hyperparameters are read and changed wherever their optimizer is", async () => {
    const optimizer = multiSteps(
      chain(identity, partition({ train: rates, hold: setToZero }, { a: "train", b: "hold" })),
      { every: 1 },
    );
    const state = optimizer.init(params);
    expect(await rates.hyperparams(state).rate.item()).toBe(0.5);
    const changed = rates.withHyperparams(state, { rate: 4 });
    expect(await rates.hyperparams(changed).rate.item()).toBe(4);
    const [updates] = optimizer.update(params, changed, params);
    expect([await updates.a.item(), await updates.b.item()]).toEqual([-4, 0]);
    expect(await rates.hyperparams(state).rate.item()).toBe(0.5);
  });

  test("evalParams and hasStepped find their state", async () => {
    const train = (outer: GradientTransformation): [typeof params, OptState] => {
      let [p, state] = [params, outer.init(params)];
      for (let i = 0; i < 3; i++) {
        const [updates, next] = outer.update(params, state, p);
        [p, state] = [applyUpdates(p, updates), next];
      }
      return [p, state];
    };
    const inner = sgd({ learningRate: 1 });
    for (const rule of [
      emaParams(inner, { decay: 0.5 }),
      lookahead(inner, { every: 2 }),
      scheduleFreeSgd({ learningRate: 0.5 }),
    ]) {
      const [p, state] = train(chain(identity, applyIfFinite(rule)));
      const [, own] = train(rule);
      expect(await rule.evalParams(state, p).a.item()).toBe(await rule.evalParams(own, p).a.item());
    }
    const steps = multiSteps(inner, { every: 3 });
    expect(await steps.hasStepped(train(chain(steps, identity))[1]).item()).toBe(true);
  });

  test("none, and more than one, are refused", () => {
    expect(() => rates.hyperparams(sgd({ learningRate: 1 }).init(params))).toThrow(
      "its state holds count, hyperparams, inner",
    );
    const twice = chain(rates, rates).init(params);
    expect(() => rates.withHyperparams(twice, { rate: 1 })).toThrow(TreeError);
    expect(() => rates.withHyperparams(twice, { rate: 1 })).toThrow(
      "an optimizer has its state once, got 2 times",
    );
    const other = injectHyperparams(({ momentum }) => sgd({ learningRate: 1, momentum }), {
      momentum: 0.5,
    });
    expect(() => rates.hyperparams(other.init(params))).toThrow(TreeError);
  });
});

test("a micro-batch that is left out is no step", async () => {
  const optimizer = multiSteps(sgd({ learningRate: 1 }), { every: 2, skip: skipNotFinite });
  const p = tensor(0);
  let state = optimizer.init(p);
  const stepped: unknown[] = [await optimizer.hasStepped(state).item()];
  for (const g of [1, 1, Number.NaN, 1, 1]) {
    state = optimizer.update(tensor(g), state, p)[1];
    stepped.push(await optimizer.hasStepped(state).item());
  }
  expect(stepped).toEqual([false, false, true, false, false, true]);
  const empty = optimizer.update(tensor(1), optimizer.init(p), p, { tokens: 0 })[1];
  const full = optimizer.update(tensor(1), empty, p, { tokens: 0 })[1];
  expect(await optimizer.hasStepped(full).item()).toBe(false); // full, and nothing to take
});

describe("schedules between numbers of very different size", () => {
  // optax.linear_schedule gives these ends exactly; from 1e-12 on it begins at 0
  test.each([
    [1e-3, 1e-12, 10],
    [6e-4, 6e-11, 100],
    [1e-12, 1e-3, 10],
    [1, 1e-8, 3],
  ])("from %f to %f", async (init, end, steps) => {
    const schedules = [
      optim.linearSchedule({ init, end, steps }),
      optim.piecewiseInterpolate({ init, scales: [[steps, end / init]], kind: "linear" }),
    ];
    for (const schedule of schedules) {
      expect(await schedule(0).item()).toBe(Math.fround(init));
      expect(Math.abs(Number(await schedule(steps).item()) / end - 1)).toBeLessThan(1e-7);
      expect(Math.abs(Number(await schedule(1000).item()) / end - 1)).toBeLessThan(1e-7);
    }
    const middle = Number(await schedules[0]?.(steps - 1).item());
    const expected = init + (end - init) * ((steps - 1) / steps);
    expect(Math.abs(middle / expected - 1)).toBeLessThan(1e-6);
  });
});
