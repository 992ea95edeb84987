import { createOnnxBackend } from "@adjoint/backend-onnx";
import { grad, jit, referenceBackend, setBackend, tensor, type Tensor, vmap } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { assertAllclose } from "@adjoint/core/testing";
import { leafCount, structure } from "@adjoint/core/tree";
import {
  adam,
  adamw,
  adaptiveClip,
  applyIfFinite,
  applyUpdates,
  bartlettDiagonal,
  chain,
  emaParams,
  freeze,
  hutchinsonDiagonal,
  identity,
  injectHyperparams,
  linearSchedule,
  lion,
  lookahead,
  masked,
  multiSteps,
  muon,
  newtonSchulz,
  type OptState,
  partition,
  radam,
  scale,
  scaleByAdam,
  scheduleFreeSgd,
  setToZero,
  sgd,
  skipLargerThan,
  skipNotFinite,
  sam,
  sophia,
  zeroNans,
} from "@adjoint/optim";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";

const onnx = await createOnnxBackend({ threads: 1 });
afterEach(() => {
  setBackend(referenceBackend);
});
const backends = [
  ["reference", referenceBackend],
  ["ONNX", onnx],
] as const;

const params = { w: tensor([[1, 2]]), layers: [{ b: tensor([3]) }, { b: tensor([4]) }] };

describe("partition", () => {
  const rules = { double: scale(2), none: setToZero, same: identity };
  const run = (labels: Parameters<typeof partition<typeof rules>>[1]) => {
    const rule = partition(rules, labels);
    return rule.update(params, rule.init(params), params)[0];
  };
  const expected = { w: tensor([[2, 4]]), layers: [{ b: tensor([0]) }, { b: tensor([4]) }] };

  test("by a function, a full tree, and a tree with names for branches", async () => {
    await assertAllclose(
      run((p, path) => (p.rank === 2 ? "double" : path === "layers[0].b" ? "none" : "same")),
      expected,
    );
    await assertAllclose(run({ w: "double", layers: [{ b: "none" }, { b: "same" }] }), expected);
    await assertAllclose(run({ w: "double", layers: ["none", "same"] }), expected);
    await assertAllclose(run("none"), {
      w: tensor([[0, 0]]),
      layers: [{ b: tensor([0]) }, { b: tensor([0]) }],
    });
  });

  test("is each rule on its own parameters, states and all", async () => {
    const rule = partition(
      { a: adam({ learningRate: 0.1 }), l: lion({ learningRate: 0.1 }) },
      (p) => (p.rank === 2 ? "a" : "l"),
    );
    let state = rule.init(params);
    const [a, l] = [adam({ learningRate: 0.1 }), lion({ learningRate: 0.1 })];
    let [aState, lState] = [a.init(params.w), l.init(params.layers)];
    for (const factor of [1, -2, 0.5]) {
      const grads = {
        w: params.w.mul(factor),
        layers: params.layers.map(({ b }) => ({ b: b.mul(factor) })),
      };
      const [got, next] = rule.update(grads, state, params);
      const [w, nextA] = a.update(grads.w, aState, params.w);
      const [layers, nextL] = l.update(grads.layers, lState, params.layers);
      [state, aState, lState] = [next, nextA, nextL];
      await assertAllclose(got, { w, layers }, { rtol: 0, atol: 0 });
    }
    // moments of two trees and of one, and a count
    expect(leafCount(structure(state))).toBe(2 + 1 + 2);
  });

  test("nested, with decay masks inside, and in a chain", async () => {
    const inner = partition({ x: scale(10), y: scale(100) }, (p) => (p.rank === 1 ? "x" : "y"));
    const decayed = adamw({
      learningRate: 1,
      weightDecay: 1,
      mask: { w: true, layers: [false, true] },
    });
    const rule = chain(identity, partition({ inner, decayed }, { w: "inner", layers: "decayed" }));
    const [updates] = rule.update(params, rule.init(params), params);
    await assertAllclose(updates.w, tensor([[100, 200]]));
    await assertAllclose(updates.layers, [{ b: tensor([-1]) }, { b: tensor([-5]) }], {
      rtol: 1e-6,
    });
  });

  test("names a label that is not a rule, and a parameter without a label", () => {
    // @ts-expect-error a label must be one of the rules
    expect(() => run("triple")).toThrow(
      "labels name one of the rules double, none, same, got triple",
    );
    expect(() => run({ w: "same", layers: ["same"] })).toThrow("got undefined for layers[1].b");
    expect(() => partition(rules, "same").update(params, { double: null }, params)).toThrow(
      "its state holds double, none, same",
    );
  });
});

describe("masked and freeze", () => {
  test("what is masked out passes, and has no state", async () => {
    const rule = masked(scaleByAdam(), { w: false, layers: true });
    const state = rule.init(params);
    expect(leafCount(structure(state))).toBe(1 + 2 * 2);
    const [updates] = rule.update(params, state, params);
    await assertAllclose(updates.w, params.w, { rtol: 0, atol: 0 });
    await assertAllclose(updates.layers, [{ b: tensor([1]) }, { b: tensor([1]) }], { rtol: 1e-5 });
  });

  test("frozen parameters stay bit for bit, NaN gradients or not", async () => {
    const rule = chain(adamw({ learningRate: 0.1 }), freeze({ w: true, layers: false }));
    const bad = { w: tensor([[Number.NaN, 1]]), layers: params.layers };
    const [updates] = rule.update(bad, rule.init(params), params);
    const after = applyUpdates(params, updates);
    await assertAllclose(after.w, params.w, { rtol: 0, atol: 0 });
    expect(await after.layers[0]?.b.item()).not.toBe(3);
  });

  test("zeroNans replaces NaN alone", async () => {
    const g = tensor([Number.NaN, Infinity, -1]);
    await assertAllclose(zeroNans.update(g, null, g)[0], tensor([0, Infinity, -1]));
  });
});

describe.each(backends)("multiSteps on %s", (_name, backend) => {
  const loss = (w: Tensor, x: Tensor, mask: Tensor): Tensor =>
    w.mul(x).sub(1).pow(2).mul(mask).sum().div(mask.sum());

  test("micro-batches of any trained tokens are one big batch", async () => {
    setBackend(backend);
    const optimizer = multiSteps(adam({ learningRate: 0.1 }), { every: 3 });
    const step = jit((w: Tensor, state: OptState, x: Tensor, mask: Tensor) => {
      const [updates, next] = optimizer.update(grad(loss)(w, x, mask), state, w, {
        tokens: mask.sum(),
      });
      return [applyUpdates(w, updates), next, optimizer.hasStepped(next)] as const;
    });
    const xs = [
      [1, 2, 3, 4],
      [0.5, 3, -1, 0.25],
      [2, 2, -2, 1],
    ];
    const masks = [
      [1, 1, 1, 0],
      [0, 1, 0, 0],
      [1, 1, 1, 1],
    ];
    let w: Tensor = tensor(0.3);
    let state = optimizer.init(w);
    const stepped: unknown[] = [];
    for (let i = 0; i < 6; i++) {
      let has: Tensor;
      [w, state, has] = step(w, state, tensor(xs[i % 3] ?? []), tensor(masks[i % 3] ?? []));
      stepped.push(await has.item());
    }
    expect(stepped).toEqual([false, false, true, false, false, true]);
    const big = adam({ learningRate: 0.1 });
    let v: Tensor = tensor(0.3);
    let bigState = big.init(v);
    for (let i = 0; i < 2; i++) {
      const g = grad(loss)(v, tensor(xs.flat()), tensor(masks.flat()));
      const [updates, next] = big.update(g, bigState, v);
      [v, bigState] = [applyUpdates(v, updates), next];
    }
    await assertAllclose(w, v, { rtol: 1e-5 });
  });

  test("sums of gradients, batches without tokens, and skipped ones", async () => {
    setBackend(backend);
    const updatesOf = (
      options: Parameters<typeof multiSteps>[1],
      micro: readonly (readonly [g: number, tokens: number])[],
    ) => {
      const optimizer = multiSteps(sgd({ learningRate: -1 }), options);
      const step = jit((g: Tensor, state: OptState, tokens: Tensor) =>
        optimizer.update(g, state, g, { tokens }),
      );
      let state = optimizer.init(tensor(0));
      return micro.map(([g, tokens]) => {
        const [update, next] = step(tensor(g), state, tensor(tokens));
        state = next;
        return update.itemSync();
      });
    };
    expect(
      updatesOf({ every: 2, gradsOf: "sum" }, [
        [6, 3],
        [10, 1],
      ]),
    ).toEqual([0, 4]);
    expect(
      updatesOf({ every: 2 }, [
        [Number.NaN, 0],
        [10, 1],
      ]),
    ).toEqual([0, 10]);
    expect(
      updatesOf({ every: 2 }, [
        [Number.NaN, 0],
        [Number.NaN, 0],
        [1, 1],
        [3, 1],
      ]),
    ).toEqual([0, 0, 0, 2]);
    const odd = [
      [2, 1],
      [Infinity, 1],
      [4, 1],
      [8, 1],
      [8, 1],
    ] as const;
    expect(updatesOf({ every: 2, skip: skipNotFinite }, odd)).toEqual([0, 0, 3, 0, 8]);
    expect(updatesOf({ every: 2, skip: skipLargerThan(5) }, [...odd, [1, 1]])).toEqual([
      0, 0, 3, 0, 0, 0,
    ]);
    const growing = linearSchedule({ init: 1, end: 3, steps: 2 });
    expect(
      updatesOf({ every: growing }, [
        [1, 1],
        [2, 1],
        [4, 1],
        [3, 1],
        [3, 1],
        [6, 1],
      ]),
    ).toEqual([1, 0, 3, 0, 0, 4]);
  });
});

test("multiSteps in multiSteps hands on how many tokens its mean is of", () => {
  const inner = multiSteps(sgd({ learningRate: -1 }), { every: 2 });
  const optimizer = multiSteps(inner, { every: 2 });
  let state = optimizer.init(tensor(0));
  const micro = [
    [2, 3],
    [10, 1],
    [1, 5],
    [7, 1],
  ] as const;
  const updates = micro.map(([g, tokens]) => {
    const [update, next] = optimizer.update(tensor(g), state, tensor(0), { tokens });
    state = next;
    return update.itemSync();
  });
  expect(updates).toEqual([0, 0, 0, 28 / 10].map(Math.fround)); // 2*3 + 10 + 5 + 7 over ten tokens
});

describe.each(backends)("applyIfFinite on %s", (_name, backend) => {
  test("skips what is not finite, count and moments too, but not for ever", async () => {
    setBackend(backend);
    const [guarded, free] = [
      applyIfFinite(adam({ learningRate: 0.1 }), { maxConsecutive: 2 }),
      adam({ learningRate: 0.1 }),
    ];
    const step = jit((g: Tensor, state: OptState) => guarded.update(g, state, g));
    let [state, freeState] = [guarded.init(tensor([1, 1])), free.init(tensor([1, 1]))];
    for (const g of [
      [1, 2],
      [Number.NaN, 1],
      [1, -Infinity],
      [3, -4],
    ]) {
      const [updates, next] = step(tensor(g), state);
      state = next;
      if (g.every(Number.isFinite)) {
        const [expected, nextFree] = free.update(tensor(g), freeState, tensor(g));
        freeState = nextFree;
        await assertAllclose(updates, expected, { rtol: 1e-6 });
      } else expect(await updates.toArray()).toEqual([0, 0]);
    }
    const read = state as { inner: OptState; consecutive: Tensor; total: Tensor };
    await assertAllclose(read.inner, freeState, { rtol: 1e-6 });
    expect([await read.consecutive.item(), await read.total.item()]).toEqual([0, 2]);
    for (let i = 0; i < 3; i++) state = step(tensor([Number.NaN, 1]), state)[1];
    await assertAllclose(step(tensor([1, 1]), state)[0], tensor([Number.NaN, -0.1]), { rtol: 1 });
  });
});

describe.each(backends)("injectHyperparams on %s", (_name, backend) => {
  test("changes settings between steps of one program, and equals fixed ones", async () => {
    setBackend(backend);
    let traces = 0;
    const optimizer = injectHyperparams((h) => adamw(h), {
      learningRate: 0.1,
      b1: 0.9,
      b2: 0.95,
      eps: 1e-8,
      weightDecay: 0.1,
    });
    const step = jit(
      (g: Tensor, state: OptState, p: Tensor) => {
        traces++;
        const [updates, next] = optimizer.update(g, state, p);
        return [applyUpdates(p, updates), next] as const;
      },
      { donateArgnums: [1] },
    );
    const fixed = adamw({ learningRate: 0.1, b1: 0.9, b2: 0.95, weightDecay: 0.1 });
    let p: Tensor = tensor([1, -2]);
    let q: Tensor = tensor([1, -2]);
    let state = optimizer.init(p);
    let fixedState = fixed.init(q);
    for (const g of [
      [0.1, 0.2],
      [-0.3, 1],
    ]) {
      [p, state] = step(tensor(g), state, p);
      const [updates, next] = fixed.update(tensor(g), fixedState, q);
      [q, fixedState] = [applyUpdates(q, updates), next];
      await assertAllclose(p, q, { rtol: 1e-5 });
    }
    state = optimizer.withHyperparams(state, { learningRate: 0, weightDecay: 5 });
    const [still, last] = step(tensor([1, 1]), state, p);
    await assertAllclose(still, p, { rtol: 0, atol: 0 });
    expect(await optimizer.hyperparams(last).learningRate.item()).toBe(0);
    expect(traces).toBe(1);
  });
});

describe("injectHyperparams", () => {
  test("schedules are evaluated, and their last value can be read", async () => {
    const learningRate = linearSchedule({ init: 1, end: 0, steps: 2 });
    const optimizer = injectHyperparams(({ learningRate: rate }) => sgd({ learningRate: rate }), {
      learningRate,
    });
    const g = tensor([2]);
    const [first, state] = optimizer.update(g, optimizer.init(g), g);
    const [second, last] = optimizer.update(g, state, g);
    await assertAllclose([first, second], [tensor([-2]), tensor([-1])]);
    expect(await optimizer.hyperparams(last).learningRate.item()).toBe(0.5);
    expect(() => optimizer.withHyperparams(last, { learningRate: 1 })).toThrow(
      "without a schedule",
    );
  });

  test("refuses other names, and tensors that are not scalars", () => {
    const optimizer = injectHyperparams((h) => sgd(h), { learningRate: 1, momentum: 0.5 });
    const state = optimizer.init(tensor([1]));
    // @ts-expect-error not a hyperparameter
    expect(() => optimizer.withHyperparams(state, { decay: 1 })).toThrow(
      "learningRate, momentum, got decay",
    );
    expect(() => sgd({ learningRate: tensor([1, 2]) })).toThrow(
      "learningRate must be a number or a scalar tensor",
    );
  });

  test("a step differentiates by them", async () => {
    const after = (rate: Tensor, p: Tensor): Tensor => {
      const rule = sgd({ learningRate: rate });
      return applyUpdates(p, rule.update(p, rule.init(p), p)[0])
        .pow(2)
        .sum();
    };
    await assertAllclose(grad(after)(tensor(0.25), tensor([2, -3])), tensor(-2 * 13 * 0.75), {
      rtol: 1e-5,
    });
  });
});

describe("parameters to evaluate", () => {
  test("are donated beside those that are trained", async () => {
    for (const optimizer of [
      lookahead(sgd({ learningRate: 0.1 })),
      scheduleFreeSgd({ learningRate: 0.1 }),
      emaParams(sgd({ learningRate: 0.1 }), { decay: 0.9, debias: false }),
    ]) {
      const step = jit(
        (p: Tensor, state: OptState) => {
          const [updates, next] = optimizer.update(p, state, p);
          return [applyUpdates(p, updates), next] as const;
        },
        { donateArgnums: [0, 1] },
      );
      const p = tensor([1]);
      const [after, state] = step(p, optimizer.init(p));
      expect(await after.item()).toBeCloseTo(0.9, 6);
      expect(Number(await optimizer.evalParams(state, after).item())).toBeGreaterThan(0.5);
      expect(() => optimizer.evalParams(null, after)).toThrow("its state holds");
    }
  });
});

describe("second order", () => {
  const loss = ({ a, b }: { a: Tensor; b: Tensor }): Tensor =>
    a.pow(4).sum().add(b.mul(b).mul(3).sum());
  const at = { a: tensor([1, -2]), b: tensor([[5]]) };

  test("Hutchinson's estimate is exact for a diagonal Hessian, and right in the mean for others", async () => {
    await assertAllclose(
      jit((k: Tensor) => hutchinsonDiagonal(loss, at, k))(key(1)),
      { a: tensor([12, 48]), b: tensor([[6]]) },
      { rtol: 1e-5 },
    );
    const mixed = (x: Tensor): Tensor =>
      x
        .sum()
        .pow(2)
        .add(
          x
            .mul(x)
            .mul(tensor([1, 2, 3]))
            .sum(),
        );
    const keys = Array.from({ length: 400 }, (_, i) => i);
    const mean = vmap((i: Tensor) => hutchinsonDiagonal(mixed, tensor([1, 2, 3]), key(i)))(
      tensor(keys, { dtype: "int32" }),
    ).mean(0);
    await assertAllclose(mean, tensor([4, 6, 8]), { atol: 0.6 });
  });

  test("Bartlett's is the square times the count", async () => {
    await assertAllclose(bartlettDiagonal({ g: tensor([2, -3]) }, 10), { g: tensor([40, 90]) });
  });

  test("sophia takes a part of the Hessian in a partition", async () => {
    const make = () =>
      sophia({ learningRate: 1, b1: 0, b2: 0, gamma: 1, clipThreshold: 100, weightDecay: 0 });
    const rule = partition({ s: make(), z: setToZero }, { a: "s", b: "z" });
    const hessian = { a: tensor([2, 4]), b: tensor([[8]]) };
    const [, state] = rule.update(at, rule.init(at), at, { hessian });
    const [updates] = rule.update(at, state, at);
    await assertAllclose(updates, { a: tensor([-0.5, 0.5]), b: tensor([[0]]) }, { rtol: 1e-6 });
  });
});

describe("sam", () => {
  test("adaptive: the distance is measured by the size of the parameters", async () => {
    const p = tensor([2, -1]);
    const gradient = grad((x: Tensor) => x.mul(x).mul(x).sum());
    const g = [12, 3];
    const size = Math.hypot(2 * 12, 3);
    const moved = [2 + (0.5 * 4 * 12) / size, -1 + (0.5 * 3) / size];
    await assertAllclose(
      sam(gradient, { rho: 0.5, adaptive: true })(p),
      tensor(moved.map((x) => 3 * x * x)),
      { rtol: 1e-5 },
    );
    expect(g).toEqual(await gradient(p).toArray());
  });

  test("a gradient of zero is zero", async () => {
    const gradient = grad((x: Tensor) => x.mul(x).sum());
    await assertAllclose(sam(gradient)(tensor([0, 0])), tensor([0, 0]), { atol: 0 });
  });
});

describe("muon", () => {
  test("kernels are (in, out): a wide one has larger steps, its transpose none of that", async () => {
    const kernel = tensor([
      [1, 0, 0, 0],
      [0, 0, 0, 1],
    ]); // 2 in, 4 out
    const norm = async (p: Tensor): Promise<number> => {
      const rule = muon({ learningRate: 1, steps: 20, coefficients: [2, -1.5, 0.5] });
      const [u] = rule.update(p, rule.init(p), p);
      return Number(await u.mul(u).sum().sqrt().item());
    };
    expect(await norm(kernel)).toBeCloseTo(Math.sqrt(2) * Math.sqrt(4 / 2), 4);
    expect(await norm(kernel.transpose())).toBeCloseTo(Math.sqrt(2), 4);
  });

  test("stacked kernels are each their own matrix", async () => {
    const stacked = tensor([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [0, 1],
        [-5, 2],
      ],
    ]);
    const rule = muon({
      select: (p) => p.rank === 3,
      momentum: 0,
      nesterov: false,
      learningRate: 1,
    });
    const [updates] = rule.update(stacked, rule.init(stacked), stacked);
    await assertAllclose(updates, newtonSchulz(stacked).neg(), { rtol: 1e-5 });
  });

  test("vectors cannot be made orthogonal", () => {
    const rule = muon({ select: () => true });
    expect(() => rule.update(tensor([1]), rule.init(tensor([1])), tensor([1]))).toThrow(
      "takes matrices",
    );
  });
});

test("radam's length of the mean is that of its formula in doubles, at any step", async () => {
  // seen through the step: the rectified factor times m / sqrt(v), which is 1 for constant gradients
  const b2 = 0.999;
  const rule = radam({ learningRate: -1, b2, b1: 0, eps: 0 });
  const g = tensor([1]);
  const run = jit((state: OptState) => rule.update(g, state, g));
  let state = rule.init(g);
  const max = 2 / (1 - b2) - 1;
  for (let t = 1; t <= 300; t++) {
    const [update, next] = run(state);
    state = next;
    const rho = max - (2 * t * b2 ** t) / (1 - b2 ** t);
    const factor =
      rho < 5 ? 1 : Math.sqrt(((rho - 4) * (rho - 2) * max) / ((max - 4) * (max - 2) * rho));
    expect(Number(update.itemSync()) / factor, `step ${t}`).toBeCloseTo(1, 5);
  }
});

test("adaptiveClip leaves every unit at most its share", async () => {
  const unit = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), {
    minLength: 3,
    maxLength: 3,
  });
  await fc.assert(
    fc.asyncProperty(unit, unit, async (g, p) => {
      const [clipped] = adaptiveClip(0.1).update(
        tensor(g).reshape([3, 1]),
        null,
        tensor(p).reshape([3, 1]),
      );
      const [norm, most] = [
        Math.hypot(...(await clipped.data())),
        0.1 * Math.max(Math.hypot(...p), 1e-3),
      ];
      expect(norm).toBeLessThanOrEqual(most * (1 + 1e-5) + 1e-12);
    }),
    { numRuns: 40 },
  );
  const conv = tensor([3, 4, 0, 0.001], { dtype: "float32" }).reshape([2, 2, 1]); // (out, in, window)
  await assertAllclose(
    adaptiveClip(0.5).update(conv, null, conv)[0].reshape([4]),
    tensor([1.5, 2, 0, 0.0005]),
    { rtol: 1e-5 },
  );
  expect(() => adaptiveClip(0)).toThrow("clipping must be");
});
