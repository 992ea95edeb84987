import { jit, tensor, type Tensor } from "@adjoint/core";
import { assertAllclose } from "@adjoint/core/testing";
import {
  addDecayedWeights,
  applyIfFinite,
  chain,
  chainMonoid,
  clipByGlobalNorm,
  clipByValue,
  ema,
  globalNorm,
  type GradientTransformation,
  identity,
  injectHyperparams,
  linearSchedule,
  lookahead,
  masked,
  multiSteps,
  partition,
  scale,
  scaleByAdam,
  scaleByLearningRate,
  scaleByLion,
  scaleByRms,
  scaleBySchedule,
  trace,
  zeroNans,
} from "@adjoint/optim";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fixture } from "./support/fixtures.ts";

describe("clipByGlobalNorm", () => {
  test.each(fixture.clips.map((row) => [JSON.stringify(row.grads), row] as const))(
    "%s",
    async (_name, row) => {
      const grads = row.grads.map((g) => tensor(g, { dtype: "float64" }));
      const [clipped] = jit((g: Tensor[]) => clipByGlobalNorm(row.maxNorm).update(g, null, g))(
        grads,
      );
      await assertAllclose(globalNorm(grads), tensor(row.norm, { dtype: "float64" }), {
        rtol: 1e-9,
      });
      await assertAllclose(
        clipped,
        row.optax.map((g) => tensor(g, { dtype: "float64" })),
        { rtol: 1e-9 },
      );
      await assertAllclose(
        clipped,
        row.torch.map((g) => tensor(g, { dtype: "float64" })),
        { rtol: 2e-6 },
      );
    },
  );

  test("leaves gradients of norm 0 alone and passes NaN on", async () => {
    const rule = clipByGlobalNorm(1);
    await assertAllclose(rule.update(tensor([0, 0]), null, null)[0], tensor([0, 0]));
    await assertAllclose(
      rule.update(tensor([Number.NaN, 0]), null, null)[0],
      tensor([Number.NaN, Number.NaN]),
    );
    expect(() => clipByGlobalNorm(0)).toThrow("maxNorm must be");
  });

  test("half precision does not overflow: squares are summed in float32", async () => {
    const g = tensor([300, 400], { dtype: "float16" });
    await assertAllclose(globalNorm(g), tensor(500));
    const [clipped] = clipByGlobalNorm(5).update(g, null, g);
    await assertAllclose(clipped, tensor([3, 4], { dtype: "float16" }), { rtol: 1e-3 });
  });

  test("the norm of nothing is 0", async () => {
    expect(await globalNorm({}).item()).toBe(0);
  });
});

test("clipByValue needs a positive limit", () => {
  expect(() => clipByValue(-1)).toThrow("limit must be");
});

describe("addDecayedWeights", () => {
  const params = { w: tensor([[2]]), b: [tensor([4])] };
  const grads = { w: tensor([[1]]), b: [tensor([1])] };
  const run = (rule: GradientTransformation) => rule.update(grads, rule.init(params), params)[0];

  test("decays what the mask says: all, a tree, a function of parameter and path", async () => {
    await assertAllclose(run(addDecayedWeights(0.5)), { w: tensor([[2]]), b: [tensor([3])] });
    const biases = { w: tensor([[1]]), b: [tensor([3])] };
    await assertAllclose(run(addDecayedWeights(0.5, { mask: { w: false, b: [true] } })), biases);
    await assertAllclose(
      run(addDecayedWeights(0.5, { mask: (_p, path) => path === "b[0]" })),
      biases,
    );
  });

  test("a mask of another structure is refused", () => {
    expect(() => run(addDecayedWeights(0.5, { mask: { w: true } }))).toThrow(
      "every parameter finds a value at its path or above it, got undefined for b[0]",
    );
  });

  test("a boolean may stand for a branch", async () => {
    const biases = { w: tensor([[1]]), b: [tensor([3])] };
    await assertAllclose(run(addDecayedWeights(0.5, { mask: { w: false, b: true } })), biases);
  });
});

describe("chain is a monoid", () => {
  const rule: fc.Arbitrary<GradientTransformation> = fc.oneof(
    fc.constantFrom(
      identity,
      clipByGlobalNorm(0.5),
      clipByValue(0.3),
      trace(0.5),
      trace(0.9, { nesterov: true }),
    ),
    fc.constantFrom(
      scaleByAdam(),
      addDecayedWeights(0.1),
      scaleBySchedule(linearSchedule({ init: 1, end: 0, steps: 3 })),
    ),
    fc.constantFrom(
      masked(scale(3), { w: true }),
      partition({ a: scaleByLion(), b: zeroNans }, { w: "a" }),
      lookahead(scale(-0.1), { every: 2 }),
      applyIfFinite(ema(0.9)),
      multiSteps(scaleByRms(), { every: 2 }),
      injectHyperparams(({ rate }) => scaleByLearningRate(rate), { rate: 0.3 }),
    ),
    fc.constantFrom(-1, 2, 0.5).map(scale),
  );
  const grads = [
    [1, -2],
    [0.3, 0.4],
    [0, 5],
  ].map((g) => ({ w: tensor(g) }));
  const params = { w: tensor([1, 2]) };

  /** Updates of three steps. */
  const updates = (t: GradientTransformation) => {
    let state = t.init(params);
    return grads.map((g) => {
      const [update, next] = t.update(g, state, params);
      state = next;
      return update;
    });
  };
  const same = (a: GradientTransformation, b: GradientTransformation) =>
    assertAllclose(updates(a), updates(b), { rtol: 0, atol: 0 });
  const { concat, empty } = chainMonoid;

  test("grouping does not matter", async () => {
    await fc.assert(
      fc.asyncProperty(rule, rule, rule, (a, b, c) =>
        same(concat(concat(a, b), c), concat(a, concat(b, c))),
      ),
      { numRuns: 40 },
    );
  });

  test("identity changes nothing on either side", async () => {
    await fc.assert(
      fc.asyncProperty(rule, (a) => same(concat(empty, a), a)),
      { numRuns: 20 },
    );
    await fc.assert(
      fc.asyncProperty(rule, (a) => same(concat(a, empty), a)),
      { numRuns: 20 },
    );
  });

  test("chain of many is the fold, chain of none the identity", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rule, { maxLength: 4 }), (all) =>
        same(chain(...all), all.reduce(concat, empty)),
      ),
      { numRuns: 20 },
    );
  });
});
