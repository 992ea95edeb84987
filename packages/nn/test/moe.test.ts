import {
  concatenate,
  grad,
  jit,
  makeIr,
  ones,
  silu,
  softmax,
  take,
  tensor,
  type Tensor,
  vmap,
  zeros,
} from "@adjoint/core";
import { key, normal } from "@adjoint/core/random";
import { assertAllclose, checkGrads } from "@adjoint/core/testing";
import {
  balancedBias,
  expertChoice,
  loadBalanceLoss,
  moe,
  type MoeOptions,
  type MoeParams,
  routerZLoss,
  routeTopK,
  swiglu,
} from "@adjoint/nn";
import { describe, expect, test } from "vitest";
import { type Case, dense, type Named, need, testCases } from "./support/cases.ts";

const paramsOf = (t: Named, { bias }: Case["options"]): MoeParams => ({
  router: dense(t, "router"),
  experts: {
    gate: need(t, "gate").transpose([0, 2, 1]),
    up: need(t, "up").transpose([0, 2, 1]),
    down: need(t, "down").transpose([0, 2, 1]),
  },
  ...(t["sharedGate"] === undefined
    ? {}
    : {
        shared: {
          gate: dense(t, "sharedGate"),
          up: dense(t, "sharedUp"),
          down: dense(t, "sharedDown"),
        },
      }),
  ...(bias === undefined ? {} : { selectionBias: tensor(bias as number[]) }),
});

const routed = (t: Named, { topK }: Case["options"]) =>
  routeTopK(need(t, "logits"), { topK: Number(topK) });

testCases(
  "moe",
  {
    moe: (t, options) => {
      const { gateKind, capacity: _capacity, bias: _bias, ...rest } = options;
      const gate = gateKind === undefined ? {} : { gate: gateKind as "sigmoid" };
      // enough for every token, unless the case says how much
      const settings = { capacityFactor: 2, ...rest, ...gate } as unknown as MoeOptions;
      return moe.apply(paramsOf(t, options), need(t, "x"), settings);
    },
    expertChoice: (t, options) => expertChoice(paramsOf(t, options), need(t, "x"), options),
    loadBalance: (t, options) =>
      loadBalanceLoss(routed(t, options), {
        definition: options["definition"] as "switch",
        mask: t["mask"],
      }),
    zLoss: (t) => routerZLoss(need(t, "logits")),
  },
  { count: 12 },
);

// the fixture of transformers' tests of Switch Transformers
const logits = tensor([
  [-4.2124424, 3.891939, -3.6481273, 1.8849981],
  [0.32625437, 2.918651, 0.84758997, -4.556842],
  [-3.32062, 4.6977115, -0.15439987, 0.44086337],
  [3.4467149, 4.3436565, -4.7224274, -4.264637],
  [-2.224406, -2.5318158, -1.3832569, 1.1891162],
  [-2.320062, -0.44705987, 4.289819, -0.00662684],
  [0.99470854, -0.6992364, 0.25503993, 4.2952085],
  [3.5937333, -3.2408535, -4.298278, 4.426601],
  [0.7669008, 2.6588762, 2.4505413, 4.6051874],
  [0.23330331, -3.0845237, 0.6262374, -2.9865491],
  [0.7595146, -2.1099675, -4.155346, -2.8326452],
  [2.3771453, 1.004138, -3.1781673, 0.7581556],
]);

const numberOf = async (x: Tensor): Promise<number> => Number(await x.item());

describe("routing", () => {
  test("the losses of the pinned logits: z 13.786719, load balance 1.07863", async () => {
    expect(await numberOf(routerZLoss(logits))).toBeCloseTo(13.786719, 5);
    expect(await numberOf(loadBalanceLoss(routeTopK(logits, { topK: 1 })))).toBeCloseTo(1.07863, 5);
  });

  test("even routing gives 1, or k by Hugging Face's definition; padding does not count", async () => {
    // four tokens, each to two experts, each expert twice
    const even = routeTopK(
      tensor([
        [1, 1, 0, 0],
        [0, 1, 1, 0],
        [0, 0, 1, 1],
        [1, 0, 0, 1],
      ]),
      { topK: 2 },
    );
    expect(await numberOf(loadBalanceLoss(even))).toBeCloseTo(1, 6);
    expect(await numberOf(loadBalanceLoss(even, { definition: "huggingFace" }))).toBeCloseTo(2, 6);
    const padded = routeTopK(concatenate([logits, logits.mul(0).add(tensor([9, 0, 0, 0]))], 0), {
      topK: 2,
    });
    const mask = concatenate([ones([12]), zeros([12])], 0).notEqual(0);
    const plain = routeTopK(logits, { topK: 2 });
    await assertAllclose(loadBalanceLoss(padded, { mask }), loadBalanceLoss(plain), { rtol: 1e-6 });
    await assertAllclose(routerZLoss(padded.logits, { mask }), routerZLoss(logits), { rtol: 1e-6 });
    expect(await numberOf(loadBalanceLoss(padded, { mask: mask.mul(0).notEqual(0) }))).toBe(0);
  });

  test("softmax, top k, renormalise == top k, softmax; the bias chooses but does not count", async () => {
    const { experts, weights } = routeTopK(logits, { topK: 2 });
    const chosen = concatenate(
      [0, 1].map((slot) => {
        const at = experts.slice([0, slot], [12, slot + 1]).flatten();
        return vmap((row: Tensor, i: Tensor) => take(row, i))(logits, at).expandDims(-1);
      }),
      1,
    );
    await assertAllclose(weights, softmax(chosen), { rtol: 1e-5 });
    const bias = tensor([100, 0, 0, 0]);
    const biased = routeTopK(logits, { topK: 1, gate: "sigmoid", renormalize: false }, bias);
    await assertAllclose(biased.experts, zeros([12, 1], { dtype: "int32" }));
    await assertAllclose(biased.weights, biased.gates.slice([0, 0], [12, 1]));
  });

  test("balancing by the bias evens out the load", async () => {
    let bias = zeros([4]);
    const options = { topK: 1, gate: "sigmoid" } as const;
    const skewed = logits.mul(0.25).add(tensor([3, 0, 0, 0]));
    const step = jit((b: Tensor) => balancedBias(b, routeTopK(skewed, options, b), { rate: 0.01 }));
    for (let i = 0; i < 200; i++) bias = step(bias);
    const loads = (b: Tensor): Tensor =>
      routeTopK(skewed, options, b)
        .experts.equal(tensor([0, 1, 2, 3], { dtype: "int32" }))
        .sum(0);
    const [before, after] = [
      await numberOf(loads(zeros([4])).max()),
      await numberOf(loads(bias).max()),
    ];
    expect(before).toBe(12);
    expect(after).toBeLessThanOrEqual(4);
  });

  test("settings that do not fit are refused", () => {
    expect(() => routeTopK(logits, { topK: 5 })).toThrow("at most the number of experts");
    expect(() => routeTopK(logits, { topK: 1, gate: "relu" as never })).toThrow(
      "gate must be softmax or sigmoid",
    );
    expect(() => routeTopK(logits, { topK: 1, groups: { count: 3, keep: 1 } })).toThrow(
      "groups must divide",
    );
    expect(() => routeTopK(logits, { topK: 3, groups: { count: 2, keep: 1 } })).toThrow(
      "must hold topK",
    );
    expect(() => loadBalanceLoss(routeTopK(logits, { topK: 1 }), { mask: ones([3]) })).toThrow(
      "mask must be (12)",
    );
    expect(() =>
      loadBalanceLoss(routeTopK(logits, { topK: 1 }), { definition: "x" as never }),
    ).toThrow("definition must be");
  });
});

describe("moe", () => {
  const params = moe.init(key(0), { nEmbd: 4, hidden: 6, nExpert: 5 });
  const spread = { ...params, router: { kernel: normal(key(9), [4, 5]) } };
  const x = normal(key(1), [2, 7, 4]);
  const run = (options: Partial<MoeOptions>, p: MoeParams = spread): Tensor =>
    moe.apply(p, x, { topK: 2, ...options });

  test.each([1, 2, 3, 8, 64])(
    "dropless with blocks of %i equals every expert on every token",
    async (blockSize) => {
      const [there, here] = [run({ dispatch: "dense" }), run({ blockSize })];
      await assertAllclose(here, there, { rtol: 1e-5, atol: 1e-6 });
      const slope = (options: Partial<MoeOptions>): MoeParams =>
        jit(grad((p: MoeParams) => run(options, p).sin().sum()))(spread);
      await assertAllclose(slope({ blockSize }), slope({ dispatch: "dense" }), {
        rtol: 1e-4,
        atol: 1e-5,
      });
    },
  );

  test("all tokens to one expert: nothing is dropped, however uneven", async () => {
    const one = { ...params, router: { kernel: zeros([4, 5]), bias: tensor([0, 0, 9, 0, 0]) } };
    const options = { topK: 1, blockSize: 4 };
    await assertAllclose(run(options, one), run({ ...options, dispatch: "dense" }, one), {
      rtol: 1e-5,
      atol: 1e-6,
    });
  });

  test("a token over capacity gives 0; capacity for all equals dense", async () => {
    const one = { ...params, router: { kernel: zeros([4, 5]), bias: tensor([0, 0, 9, 0, 0]) } };
    const y = run({ topK: 1, dispatch: "capacity", capacityFactor: 1 }, one).reshape([14, 4]); // ceil(14 / 5) = 3
    const whole = run({ topK: 1, dispatch: "dense" }, one).reshape([14, 4]);
    await assertAllclose(y.slice([0, 0], [3, 4]), whole.slice([0, 0], [3, 4]), {
      rtol: 1e-5,
      atol: 1e-6,
    });
    await assertAllclose(y.slice([3, 0], [14, 4]), zeros([11, 4]));
    const enough = { dispatch: "capacity", capacityFactor: 100 } as const;
    await assertAllclose(run(enough), run({ dispatch: "dense" }), { rtol: 1e-5, atol: 1e-6 });
  });

  test("one expert is a plain MLP; permuted experts and router columns change nothing", async () => {
    const single = moe.init(key(2), { nEmbd: 4, hidden: 6, nExpert: 1 });
    const { gate, up, down } = single.experts;
    const flat = (kernel: Tensor | undefined) => ({ kernel: (kernel ?? up).squeeze(0) });
    const plain = swiglu.apply({ gate: flat(gate), up: flat(up), down: flat(down) }, x);
    await assertAllclose(moe.apply(single, x, { topK: 1 }), plain, { rtol: 1e-5, atol: 1e-6 });
    const order = tensor([3, 1, 4, 0, 2], { dtype: "int32" });
    const moved = {
      router: { kernel: take(spread.router.kernel, order, { axis: 1 }) },
      experts: {
        gate: take(spread.experts.gate ?? up, order, { axis: 0 }),
        up: take(spread.experts.up, order, { axis: 0 }),
        down: take(spread.experts.down, order, { axis: 0 }),
      },
    };
    await assertAllclose(run({}, moved), run({}), { rtol: 1e-5, atol: 1e-6 });
  });

  test("padding takes no capacity and gives 0 plus the shared experts", async () => {
    const mask = tensor([
      [false, false, false, false, false, false, false],
      [true, true, true, true, true, true, true],
    ]);
    for (const dispatch of ["dense", "capacity", "dropless"] as const) {
      const y = run({ dispatch, capacityFactor: 1, mask });
      await assertAllclose(y.slice([0, 0, 0], [1, 7, 4]), zeros([1, 7, 4]));
      const options = { topK: 2, dispatch, capacityFactor: 2 } as const;
      const alone = moe.apply(spread, x.slice([1, 0, 0], [2, 7, 4]), options);
      await assertAllclose(y.slice([1, 0, 0], [2, 7, 4]), alone, { rtol: 1e-5, atol: 1e-6 });
    }
    const shared = moe.init(key(3), { nEmbd: 4, hidden: 6, nExpert: 2, sharedHidden: 3 });
    const none = moe.apply(shared, x, { topK: 1, mask: mask.mul(false).notEqual(0) });
    if (shared.shared === undefined) throw new Error("no shared expert");
    await assertAllclose(none, swiglu.apply(shared.shared, x), { rtol: 1e-5, atol: 1e-6 });
  });

  test("the router works in float32 for half precision, and no gradient reaches the selection bias", async () => {
    const half = x.cast("bfloat16");
    const [y, routing] = moe.applyWithRouting(spread, half, { topK: 2 });
    expect([y.dtype, routing.logits.dtype]).toEqual(["bfloat16", "float32"]);
    const biased = moe.init(key(4), { nEmbd: 4, hidden: 6, nExpert: 5, selectionBias: true });
    const slope = grad((p: MoeParams) => moe.apply(p, x, { topK: 2, gate: "sigmoid" }).sum())(
      biased,
    );
    await assertAllclose(slope.selectionBias, zeros([5]));
  });

  test("derivatives to order two, ungated experts, and shapes that do not depend on the routing", async () => {
    const wide = (shape: readonly number[], n: number): Tensor =>
      normal(key(n), shape, { dtype: "float64" });
    const small = {
      router: { kernel: wide([3, 4], 1) },
      experts: { up: wide([4, 3, 2], 2), down: wide([4, 2, 3], 3) },
    };
    for (const dispatch of ["dense", "dropless", "capacity"] as const)
      await checkGrads(
        (p: typeof small, e: Tensor) =>
          moe.apply(p, e, { topK: 2, dispatch, activation: "gelu", capacityFactor: 1 }),
        [small, wide([5, 3], 4)],
      );
    await checkGrads(
      (p: typeof small, e: Tensor) => expertChoice(p, e, { activation: "tanh" }),
      [small, wide([5, 3], 5)],
    );
    expect(
      moe.init(key(0), { nEmbd: 4, hidden: 6, nExpert: 2, gated: false }).experts,
    ).not.toHaveProperty("gate");
    const program = makeIr((e: Tensor) => moe.apply(spread, e, { topK: 2, blockSize: 4 }))(
      x,
    ).toString();
    expect(program).toContain("[10,4,6]"); // floor((28 + 5 * 3) / 4) blocks hold any routing
  });

  test("what does not fit is named by its path", () => {
    expect(() => moe.apply(spread, ones([2, 3]), { topK: 1 })).toThrow("takes x (..., 4)");
    const broken = { ...spread, experts: { ...spread.experts, down: zeros([5, 6, 3]) } };
    expect(() => run({}, broken)).toThrow("experts.down must be [5,6,4]");
    expect(() => run({}, { ...spread, router: { kernel: zeros([4, 6]) } })).toThrow(
      "router.kernel must be [4,5]",
    );
    expect(() => run({ mask: ones([2, 7]) })).toThrow("mask must be bool [2,7]");
    expect(() => run({ dispatch: "all" as never })).toThrow("dispatch must be");
    expect(() => run({ dispatch: "capacity", capacityFactor: 0 })).toThrow(
      "capacityFactor must be above 0",
    );
    expect(() => run({ blockSize: 0 })).toThrow("blockSize");
    expect(() => moe.init(key(0), { nEmbd: 4, hidden: 6, nExpert: 0 })).toThrow("nExpert");
  });

  test("silu is the default activation of every expert", async () => {
    const only = {
      router: { kernel: zeros([4, 1]) },
      experts: { up: ones([1, 4, 1]), down: ones([1, 1, 4]) },
    };
    await assertAllclose(moe.apply(only, ones([1, 4]), { topK: 1 }), silu(tensor([[4, 4, 4, 4]])), {
      rtol: 1e-6,
    });
  });
});
