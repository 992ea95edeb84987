import { type DType, grad, jit, tensor, type Tensor } from "@adjoint/core";
import { assertAllclose } from "@adjoint/core/testing";
import {
  adam,
  adamw,
  amsgrad,
  applyUpdates,
  ema,
  emaParams,
  type GradientTransformation,
  nadam,
  type OptState,
  radam,
  sgd,
} from "@adjoint/optim";
import { describe, expect, test } from "vitest";

const half = (values: readonly number[], dtype: DType = "bfloat16"): Tensor =>
  tensor([...values], { dtype });

/** State after `steps` updates with the same gradient and parameters. */
const after = (rule: GradientTransformation, g: Tensor, p: Tensor, steps: number): OptState => {
  const step = jit((state: OptState) => rule.update(g, state, p)[1]);
  let state = rule.init(p);
  for (let i = 0; i < steps; i++) state = step(state);
  return state;
};

describe("moving means of half-precision parameters", () => {
  // optax.ema in bfloat16 stops to move on the way, with accumulator_dtype float32 it gets there
  test.each(["bfloat16", "float16"] as const)(
    "%s: the mean of a constant is the constant after 500 steps of 0.999",
    async (dtype) => {
      const [p, still] = [half([1], dtype), half([0], dtype)];
      const optimizer = emaParams(sgd({ learningRate: 1 }), { decay: 0.999 });
      const mean = optimizer.evalParams(after(optimizer, still, p, 500), p);
      expect(mean.dtype).toBe(dtype);
      expect(await mean.toArray()).toEqual([1]);
      const rule = ema(0.999);
      const [out] = rule.update(p, after(rule, p, p, 500), p);
      expect(out.dtype).toBe(dtype);
      expect(await out.toArray()).toEqual([1]);
    },
  );

  test("without correction it starts at the parameters, and moves", async () => {
    const optimizer = emaParams(sgd({ learningRate: 1 }), { decay: 0.999, debias: false });
    const step = jit((s: OptState) => optimizer.update(half([0]), s, half([1]))[1]);
    let state = optimizer.init(half([4]));
    for (let i = 0; i < 400; i++) state = step(state);
    const expected = 1 + 3 * 0.999 ** 400;
    await assertAllclose(
      optimizer.evalParams(state, half([1])).cast("float32"),
      tensor([expected]),
      { rtol: 2 ** -8 },
    );
  });

  test("the accumulator's dtype can be chosen, and must hold fractions", () => {
    const dtypes = (rule: GradientTransformation, p: Tensor): readonly string[] =>
      [rule.init(p), after(rule, p, p, 1)].map((s) => (s as { mean: Tensor }).mean.dtype);
    const rule = sgd({ learningRate: 1 });
    expect(dtypes(ema(0.9, { accumulatorDtype: "bfloat16" }), tensor([1]))).toEqual([
      "bfloat16",
      "bfloat16",
    ]);
    expect(dtypes(emaParams(rule, { decay: 0.9 }), half([1], "float64"))).toEqual([
      "float64",
      "float64",
    ]);
    expect(() => emaParams(rule, { decay: 0.9, accumulatorDtype: "int32" })).toThrow(
      "accumulatorDtype is a floating-point dtype, got int32",
    );
  });
});

type MomentState = { readonly mu: Tensor; readonly nu: Tensor };

/** The moments in the state of an optimizer whose first rule has them. */
const momentsOf = (state: OptState): MomentState =>
  (state as readonly MomentState[])[0] as MomentState;

const makers = { adam, adamw, amsgrad, nadam, radam };

describe.each(Object.keys(makers) as (keyof typeof makers)[])("%s", (name) => {
  const make = makers[name];

  test("muDtype keeps the mean of the gradients narrow, all else as it was", async () => {
    const rows = [
      [0.5, -2, 0],
      [0.25, 1, 0],
      [-1, 0.125, 0],
    ];
    const run = (muDtype: DType | undefined) => {
      const optimizer = make({ learningRate: 0.1, b2: 0.95, muDtype });
      let p: Tensor = tensor([1, 2, 3]);
      let state = optimizer.init(p);
      for (const g of [...rows, ...rows]) {
        const [updates, next] = optimizer.update(tensor(g), state, p);
        [p, state] = [applyUpdates(p, updates), next];
      }
      return { p, ...momentsOf(state) };
    };
    const [narrow, wide] = [run("bfloat16"), run(undefined)];
    expect([narrow.mu.dtype, narrow.nu.dtype, narrow.p.dtype]).toEqual([
      "bfloat16",
      "float32",
      "float32",
    ]);
    await assertAllclose(narrow.nu, wide.nu, { rtol: 0, atol: 0 });
    await assertAllclose(narrow.mu.cast("float32"), wide.mu, { rtol: 0.02, atol: 2e-3 });
    await assertAllclose(narrow.p, wide.p, { rtol: 5e-3 });
  });

  test("nuDtype lets the mean of squares of bfloat16 parameters move", async () => {
    // from 1 it must fall to 0.999^200; in bfloat16 0.999 is rounded back to 1
    const [zero, p] = [half([0]), half([1])];
    const optimizer = make({ learningRate: 0.1, nuDtype: "float32" });
    const first = optimizer.init(p) as readonly MomentState[];
    const start = [{ ...first[0], nu: tensor([1]) }, ...first.slice(1)];
    const step = jit((s: OptState) => optimizer.update(zero, s, p)[1]);
    let state: OptState = start;
    for (let i = 0; i < 200; i++) state = step(state);
    await assertAllclose(momentsOf(state).nu, tensor([0.999 ** 200]), { rtol: 1e-4 });
    expect(optimizer.update(zero, state, p)[0].dtype).toBe("bfloat16");
  });

  test("gradients go through updates at a gradient of 0 when epsRoot is given", async () => {
    const trained = (epsRoot: number) => (learningRate: Tensor) => {
      const optimizer = make({ learningRate, epsRoot });
      let p: Tensor = tensor([1, 0]);
      let state = optimizer.init(p);
      for (let i = 0; i < 2; i++) {
        const [updates, next] = optimizer.update(p.mul(2), state, p);
        [p, state] = [applyUpdates(p, updates), next];
      }
      return p.pow(2).sum();
    };
    const slope = grad(trained(1e-8))(tensor(0.1));
    expect(Number(await slope.item())).toBeLessThan(-0.5);
    // as optax.adamw(0.1, eps_root=1e-8) gives
    if (name === "adamw") await assertAllclose(slope, tensor(-3.1860068), { rtol: 1e-5 });
    if (name !== "radam") expect(await grad(trained(0))(tensor(0.1)).item()).toBeNaN();
  });

  test("refuses settings that make no sense", () => {
    expect(() => make({ learningRate: 1, muDtype: "int32" })).toThrow("muDtype is a floating");
    expect(() => make({ learningRate: 1, nuDtype: "bool" })).toThrow("nuDtype is a floating");
    expect(() => make({ learningRate: 1, epsRoot: -1 })).toThrow("epsRoot");
  });
});

test("Adam with mu in bfloat16 agrees with optax's mu_dtype", async () => {
  // optax.adam(0.1, mu_dtype=bfloat16) in float32, whose decay of mu rounds to bfloat16 once more
  const optimizer = adam({ learningRate: 0.1, muDtype: "bfloat16" });
  const rows = [
    [0.5, -2, 0],
    [0.25, 1, 0],
    [-1, 0.125, 0],
  ];
  let p: Tensor = tensor([1, 2, 3]);
  let state = optimizer.init(p);
  for (const g of [...rows, ...rows]) {
    const [updates, next] = optimizer.update(tensor(g), state, p);
    [p, state] = [applyUpdates(p, updates), next];
  }
  await assertAllclose(p, tensor([0.82396293, 2.231535, 3]), { rtol: 2 ** -8 });
  await assertAllclose(momentsOf(state).mu.cast("float32"), tensor([-0.06445312, -0.10302734, 0]), {
    rtol: 2 ** -7,
  });
});
