import { grad, jit, scan, stack, tensor, type Tensor } from "@adjoint/core";
import { assertAllclose } from "@adjoint/core/testing";
import { adamw, applyUpdates, type OptState, sgd } from "@adjoint/optim";
import { describe, expect, test } from "vitest";
import { fixture } from "./support/fixtures.ts";

describe("adamw", () => {
  const { options, grads, after } = fixture.pins;
  const { learningRate = 0, beta1 = 0, beta2 = 0, eps = 0, weightDecay = 0 } = options;
  const optimizer = adamw({ learningRate, b1: beta1, b2: beta2, eps, weightDecay });

  test("three steps by hand; decay is decoupled", async () => {
    let params = tensor(fixture.pins.initial, { dtype: "float64" });
    let state = optimizer.init(params);
    for (const [i, g] of grads.entries()) {
      const [updates, next] = optimizer.update(tensor(g, { dtype: "float64" }), state, params);
      [params, state] = [applyUpdates(params, updates), next];
      await assertAllclose(params, tensor(after[i] ?? [], { dtype: "float64" }), { rtol: 1e-9 });
    }
    await assertAllclose(params, tensor([0.7171993, -1.9313813, 0.4319957], { dtype: "float64" }), {
      rtol: 1e-6,
    });
  });

  test("runs inside scan: its state is a carry like any other", async () => {
    const start = tensor(fixture.pins.initial);
    type Carry = readonly [Tensor, OptState];
    const body = ([params, state]: Carry, g: Tensor): readonly [Carry, null] => {
      const [updates, next] = optimizer.update(g, state, params);
      return [[applyUpdates(params, updates), next], null];
    };
    const [[params]] = scan<Carry, Tensor, null>(
      body,
      [start, optimizer.init(start)],
      stack(grads.map((g) => tensor(g))),
    );
    await assertAllclose(params, tensor(after[2] ?? []), { rtol: 2e-6 });
  });

  test("one compiled program serves all steps, and takes donated state", async () => {
    let traces = 0;
    const step = jit(
      (params: Tensor, state: OptState, g: Tensor) => {
        traces++;
        const [updates, next] = optimizer.update(g, state, params);
        return [applyUpdates(params, updates), next] as const;
      },
      { donateArgnums: [0, 1] },
    );
    let params = tensor(fixture.pins.initial);
    let state = optimizer.init(params);
    for (const g of grads) [params, state] = step(params, state, tensor(g));
    expect(traces).toBe(1);
    await assertAllclose(params, tensor(after[2] ?? []), { rtol: 2e-6 });
  });

  test("moments and results keep the dtype of the parameters, counts are int32", () => {
    const params = { a: tensor([1], { dtype: "bfloat16" }), b: tensor([1]) };
    const [updates, state] = optimizer.update(params, optimizer.init(params), params);
    expect([updates.a.dtype, updates.b.dtype]).toEqual(["bfloat16", "float32"]);
    const [adamState] = state as [{ mu: typeof params; nu: typeof params; count: Tensor }];
    expect([adamState.mu.a.dtype, adamState.nu.b.dtype, adamState.count.dtype]).toEqual([
      "bfloat16",
      "float32",
      "int32",
    ]);
    expect(applyUpdates(params, { a: tensor([1]), b: tensor([1]) }).a.dtype).toBe("bfloat16");
  });

  test("the first step is exact in float32 although 1 - b2 is small", async () => {
    const g = tensor([0.3]);
    const rule = adamw({ learningRate: 1, b2: 0.9999, eps: 0, weightDecay: 0 });
    await assertAllclose(rule.update(g, rule.init(g), g)[0], tensor([-1]), { rtol: 3e-7 });
  });

  test("differentiates: the gradient through a step is that of its formula", async () => {
    const after1 = (rate: Tensor): Tensor => {
      const p = tensor([2, -3]);
      const rule = sgd({ learningRate: () => rate, momentum: 0.9 });
      const [updates] = rule.update(p, rule.init(p), p);
      return applyUpdates(p, updates).pow(2).sum();
    };
    // sum of (p - r p)^2 = 13 (1 - r)^2
    await assertAllclose(grad(after1)(tensor(0.25)), tensor(-2 * 13 * 0.75), { rtol: 1e-5 });
  });

  test.each([
    [{ learningRate: Number.NaN }, "learningRate must be a finite number"],
    [{ learningRate: 1, b1: 1 }, "b1 must be a finite number of at least 0 below 1"],
    [{ learningRate: 1, b2: -0.1 }, "b2 must be"],
    [{ learningRate: 1, eps: -1 }, "eps must be"],
    [{ learningRate: 1, weightDecay: Infinity }, "weightDecay must be"],
  ])("refuses %j", (config, message) => {
    expect(() => adamw(config)).toThrow(message);
  });

  test("a state of another optimizer or other parameters is refused", () => {
    const p = tensor([1]);
    expect(() => optimizer.update(p, null, p)).toThrow("its state is a list of 3");
    expect(() => optimizer.update(p, [null, null, null], p)).toThrow(
      "its state holds count, mu, nu",
    );
    expect(() => optimizer.update({ a: p }, optimizer.init({ b: p }), { a: p })).toThrow(
      "trees must have the same structure",
    );
  });
});
