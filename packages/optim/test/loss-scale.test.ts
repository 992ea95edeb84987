import { jit, tensor, type Tensor } from "@adjoint/core";
import { assertAllclose } from "@adjoint/core/testing";
import {
  allFinite,
  dynamicLossScale,
  type LossScale,
  type LossScaleOptions,
  type LossScaleState,
  selectTree,
  staticLossScale,
} from "@adjoint/optim";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** The rule in plain numbers, after the text of PyTorch's GradScaler: the scale after each step. */
const plainScales = (options: Required<LossScaleOptions>, finite: readonly boolean[]): number[] => {
  const { initial, factor, growthInterval, min } = options;
  let [scale, good] = [initial, 0];
  return finite.map((isFinite) => {
    good = isFinite ? good + 1 : 0;
    if (!isFinite) scale = Math.max(min, Math.fround(scale / factor));
    if (good < growthInterval || !isFinite) return scale;
    good = 0;
    const larger = Math.fround(scale * factor);
    if (Number.isFinite(larger)) scale = larger;
    return scale;
  });
};

const scalesOf = (rule: LossScale, finite: readonly boolean[]): unknown[] => {
  const step = jit((state: LossScaleState, f: Tensor) => rule.adjusted(state, f));
  let state = rule.init();
  return finite.map((f) => {
    state = step(state, tensor(f));
    return state.scale.itemSync();
  });
};

describe("dynamicLossScale", () => {
  test("halves at an overflow and doubles after a row of finite steps", () => {
    const rule = dynamicLossScale({ growthInterval: 3 });
    const finite = [true, true, false, true, true, true, true, true, true, false, false];
    expect(scalesOf(rule, finite).map((s) => Math.log2(Number(s)))).toEqual([
      15, 15, 14, 14, 14, 15, 15, 15, 16, 15, 14,
    ]);
  });

  test("follows its rule from any start", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20 }),
        fc.constantFrom(1.5, 2, 4),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.boolean(), { maxLength: 40 }),
        (log, factor, growthInterval, finite) => {
          const options = { initial: 2 ** log, factor, growthInterval, min: 1 };
          expect(scalesOf(dynamicLossScale(options), finite)).toEqual(plainScales(options, finite));
        },
      ),
      { numRuns: 50 },
    );
  });

  test("stays between its least value and the largest float32", () => {
    const low = dynamicLossScale({ initial: 4, min: 2 });
    expect(scalesOf(low, [false, false, false])).toEqual([2, 2, 2]);
    const high = dynamicLossScale({ initial: 2 ** 126, growthInterval: 1 });
    expect(scalesOf(high, [true, true, true])).toEqual([2 ** 127, 2 ** 127, 2 ** 127]);
  });

  test.each([
    { initial: 0.5 },
    { initial: Number.NaN },
    { factor: 0.5 },
    { growthInterval: 0 },
    { growthInterval: 1.5 },
    { min: 0 },
  ])("refuses %j", (options) => {
    expect(() => dynamicLossScale(options)).toThrow("must be");
  });
});

describe.each([
  ["static", staticLossScale(1024)],
  ["dynamic", dynamicLossScale({ initial: 1024 })],
])("a %s scale", (_name, rule) => {
  test("multiplies the loss and divides the gradients exactly, in their dtypes", async () => {
    const state = rule.init();
    const loss = rule.scaled(tensor(0.75, { dtype: "float16" }), state);
    expect([loss.dtype, await loss.item()]).toEqual(["float32", 768]);
    const grads = {
      a: tensor([1024, -3]),
      b: tensor([2048], { dtype: "float16" }),
      c: tensor([Math.PI * 1024], { dtype: "float64" }),
    };
    await assertAllclose(
      rule.unscaled(grads, state),
      {
        a: tensor([1, -3 / 1024]),
        b: tensor([2], { dtype: "float16" }),
        c: tensor([Math.PI], { dtype: "float64" }),
      },
      { rtol: 0, atol: 0 },
    );
  });
});

test("a static scale does not change, and is positive", () => {
  expect(scalesOf(staticLossScale(8), [true, false, false])).toEqual([8, 8, 8]);
  expect(() => staticLossScale(0)).toThrow("scale must be");
  expect(() => staticLossScale(Number.POSITIVE_INFINITY)).toThrow("scale must be");
});

describe("allFinite", () => {
  test.each([
    [[1, 2, 3], true],
    [[], true],
    [[1, Number.NaN], false],
    [[Number.NEGATIVE_INFINITY], false],
    [[0, Number.POSITIVE_INFINITY, 0], false],
  ])("%j is %s", async (values, expected) => {
    const tree = { a: tensor([0]), b: [tensor(values), tensor(3, { dtype: "int32" })] };
    expect(await jit(allFinite)(tree).item()).toBe(expected);
  });

  test("float16 beyond its range is not finite, and nothing at all is", async () => {
    expect(await allFinite(tensor([65_504], { dtype: "float16" })).item()).toBe(true);
    expect(await allFinite(tensor([65_504]).mul(2).cast("float16")).item()).toBe(false);
    expect(await allFinite({}).item()).toBe(true);
  });
});

test("selectTree takes one tree as a whole, NaN in the other or not", async () => {
  const [bad, good] = [
    { w: tensor([Number.NaN]), n: null },
    { w: tensor([2]), n: null },
  ];
  const select = jit((c: Tensor, a: typeof bad, b: typeof bad) => selectTree(c, a, b));
  expect(await select(tensor(false), bad, good).w.toArray()).toEqual([2]);
  expect(await select(tensor(true), good, bad).w.toArray()).toEqual([2]);
  expect(() => selectTree<unknown>(tensor(true), { a: good.w }, { b: good.w })).toThrow("tree.map");
});
