import { type DType, grad, jit, ones, relu, tensor, type Tensor, zeros } from "@adjoint/core";
import { key, normal } from "@adjoint/core/random";
import { assertAllclose } from "@adjoint/core/testing";
import {
  adaptiveAvgPool,
  batchNorm,
  bind,
  bindStateful,
  conv1d,
  conv2d,
  expertChoice,
  gpt,
  gptConfig,
  groupNorm,
  gru,
  instanceNorm,
  layerNorm,
  linear,
  loadBalanceLoss,
  lstm,
  mlp,
  moe,
  parallel,
  parallelStateful,
  repeat,
  residual,
  residualStateful,
  rnn,
  routerZLoss,
  routeTopK,
  sequential,
  sequentialStateful,
  spectralNorm,
  spectralNormed,
  spectralNormState,
  stateless,
  weightNormKernel,
  weightNormOf,
} from "@adjoint/nn";
import { describe, expect, test } from "vitest";

const half = (values: readonly (number | readonly number[])[], dtype: DType = "float16"): Tensor =>
  tensor(values as number[][], { dtype });
const wide = (x: Tensor): Tensor => x.cast("float32");
const isFinite = async (x: Tensor): Promise<boolean> =>
  [...(await x.data())].every(Number.isFinite);
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

// what PyTorch 2.13 gives for the same numbers in half precision
describe("norms of float16 numbers whose squares overflow", () => {
  test("weight normalisation", async () => {
    const direction = half([[300], [400]]);
    const kernel = weightNormKernel({ direction, magnitude: half([[10]]) });
    expect(kernel.dtype).toBe("float16");
    await assertAllclose(wide(kernel), tensor([[6], [8]]));
    const { magnitude } = weightNormOf(direction);
    expect([magnitude.dtype, await magnitude.item()]).toEqual(["float16", 500]);
    const slope = grad((d: Tensor) => weightNormKernel({ direction: d, magnitude }).sum())(
      direction,
    );
    expect(await isFinite(slope)).toBe(true);
  });

  test("spectral normalisation", async () => {
    const kernel = half([
      [400, 0, 0],
      [0, 300, 100],
    ]).transpose();
    const state = spectralNormState(key(0), kernel, { iterations: 100 });
    const [normed, next] = spectralNorm(kernel, state);
    expect([normed.dtype, state.left.dtype, next.left.dtype]).toEqual([
      "float16",
      "float32",
      "float32",
    ]);
    await assertAllclose(
      wide(normed),
      tensor([
        [1, 0],
        [0, 0.75],
        [0, 0.25],
      ]),
      { atol: 1e-3 },
    );
    const narrow = { left: state.left.cast("float16"), right: state.right.cast("float16") };
    expect(spectralNorm(kernel, narrow)[1].right.dtype).toBe("float16");
  });

  test("batch normalisation", async () => {
    const config = { features: 2 };
    const x = half([
      [300, 1],
      [-300, 2],
      [600, 3],
    ]);
    const state = batchNorm.initState(config);
    const [y, next] = batchNorm.apply({}, state, x, { train: true });
    expect(y.dtype).toBe("float16");
    await assertAllclose(
      wide(y),
      tensor([
        [0.2673, -1.2246],
        [-1.3359, 0],
        [1.0693, 1.2246],
      ]),
      { atol: 1e-3 },
    );
    await assertAllclose(
      next,
      { mean: tensor([20, 0.2]), variance: tensor([21000.9, 1]) },
      { rtol: 1e-5 },
    );
    expect(batchNorm.apply({}, next, x)[0].dtype).toBe("float16");
    const params = batchNorm.init(key(0), config);
    expect(batchNorm.apply(params, next, x)[0].dtype).toBe("float32"); // as layerNorm with such parameters
    expect(batchNorm.apply(params, next, x, { train: true })[0].dtype).toBe("float32");
  });

  test("an axis that a kernel does not have is refused", () => {
    for (const axis of [2, -3, 0.5]) {
      expect(() => weightNormOf(ones([2, 2]), axis)).toThrow(
        "axis must be a whole number from -2 to 1",
      );
      expect(() => spectralNormState(key(0), ones([2, 2]), { axis })).toThrow("axis must be");
    }
  });
});

describe("batches without enough values", () => {
  const [params, state] = [
    batchNorm.init(key(0), { features: 2 }),
    batchNorm.initState({ features: 2 }),
  ];
  test("batch normalisation does not train on one value for each channel", async () => {
    for (const shape of [
      [1, 2],
      [1, 2, 1],
    ])
      expect(() => batchNorm.apply(params, state, ones(shape), { train: true })).toThrow(
        "training takes more than one value for each channel",
      );
    expect(batchNorm.apply(params, state, ones([1, 2]))[0].shape).toEqual([1, 2]);
    expect(batchNorm.apply(params, state, ones([1, 2, 2]), { train: true })[0].shape).toEqual([
      1, 2, 2,
    ]);
  });

  test("an empty batch goes through, and leaves the state", () => {
    const [y, next] = batchNorm.apply(params, state, zeros([0, 2]), { train: true });
    expect(y.shape).toEqual([0, 2]);
    expect(next).toBe(state);
    expect(groupNorm.apply({}, zeros([0, 4, 3]), { groups: 2 }).shape).toEqual([0, 4, 3]);
    expect(instanceNorm.apply({}, zeros([0, 4, 3])).shape).toEqual([0, 4, 3]);
    const experts = moe.init(key(0), { nEmbd: 4, hidden: 6, nExpert: 2, sharedHidden: 3 });
    expect(expertChoice(experts, zeros([0, 4])).shape).toEqual([0, 4]);
  });
});

describe("adaptive pooling reads nothing outside of a bin", () => {
  // PyTorch's adaptive_avg_pool1d
  test.each([
    [[1, 2, inf, 4], 2, [1.5, inf]],
    [[1, 2, inf, 4], 3, [1.5, inf, inf]],
    [[1, 2, nan, 4, 5], 3, [1.5, nan, 4.5]],
    [[1, 2, 3], 5, [1, 1.5, 2, 2.5, 3]],
    [[1, 2, 3], 3, [1, 2, 3]],
  ])("%j to %i bins", async (row, size, expected) => {
    expect(await adaptiveAvgPool(tensor([[row]]), size).toArray()).toEqual([[expected]]);
  });

  test("its gradient, and 16 bits", async () => {
    const f = (x: Tensor): Tensor =>
      adaptiveAvgPool(x, 3)
        .mul(tensor([1, 10, 100]))
        .sum();
    await assertAllclose(
      grad(f)(tensor([[[1, 2, 3, 4, 5]]])),
      tensor([[[0.5, 3.8333333, 3.3333333, 53.333333, 50]]]),
      { rtol: 1e-6 },
    );
    const y = adaptiveAvgPool(half([[40000, 40000, 40000]]).expandDims(0), 2);
    expect([y.dtype, await y.toArray()]).toEqual(["float16", [[[40000, 40000]]]]);
  });
});

describe("mixtures of experts keep bad tokens to themselves", () => {
  const params = moe.init(key(0), { nEmbd: 4, hidden: 6, nExpert: 3 });
  const x = normal(key(1), [7, 4]);
  const first = tensor([true, false, false, false, false, false, false]).expandDims(-1);
  const mask = tensor([true, true, false, true, false, true, true]);

  test.each([nan, inf])("a token of %f, with experts that overflow", async (bad) => {
    for (const dispatch of ["capacity", "dropless", "dense"] as const) {
      const y = moe.apply(params, first.where(bad, x), { topK: 2, dispatch, capacityFactor: 0.5 });
      expect(await isFinite(y.slice([1, 0], [7, 4]))).toBe(true);
    }
  });

  test("padding may hold NaN: values, gradients, and losses of the router", async () => {
    const padded = mask.expandDims(-1).where(x, nan);
    for (const dispatch of ["capacity", "dropless", "dense"] as const) {
      const loss = (p: typeof params, e: Tensor): Tensor => {
        const [y, routing] = moe.applyWithRouting(p, e, {
          topK: 2,
          dispatch,
          mask,
          capacityFactor: 9,
        });
        return y
          .pow(2)
          .sum()
          .add(loadBalanceLoss(routing, { mask }))
          .add(routerZLoss(routing.logits, { mask }));
      };
      const clean = mask.expandDims(-1).where(x, 0);
      await assertAllclose(grad(loss)(params, padded), grad(loss)(params, clean), {
        rtol: 1e-5,
        atol: 1e-6,
      });
      await assertAllclose(loss(params, padded), loss(params, x), { rtol: 1e-6 });
    }
    const chosen = expertChoice(params, padded, { mask });
    await assertAllclose(chosen, expertChoice(params, mask.expandDims(-1).where(x, 0), { mask }));
    const routing = routeTopK(mask.expandDims(-1).where(normal(key(2), [7, 3]), nan), { topK: 1 });
    expect(await isFinite(loadBalanceLoss(routing, { mask }))).toBe(true);
    expect(await isFinite(routerZLoss(routing.logits, { mask }))).toBe(true);
  });

  test("sigmoid gates that are all 0", async () => {
    const loss = (logits: Tensor): Tensor =>
      loadBalanceLoss(routeTopK(logits, { topK: 1, gate: "sigmoid" }));
    const logits = tensor([
      [-200, -300],
      [1, 2],
    ]);
    expect(await isFinite(loss(logits))).toBe(true);
    expect(await isFinite(grad(loss)(logits))).toBe(true);
  });

  test("capacities and settings that make no sense are refused", () => {
    for (const capacityFactor of [0, -3, nan])
      expect(() => expertChoice(params, x, { capacityFactor })).toThrow(
        "expertChoice: capacityFactor must be above 0",
      );
    // @ts-expect-error how many experts a token has must be said
    expect(() => moe.apply(params, x)).toThrow("moe: options must be a record, got undefined");
  });
});

describe.each([
  ["rnn", rnn],
  ["gru", gru],
  ["lstm", lstm],
] as const)("%s", (_name, layer) => {
  test("padding may hold NaN: values and gradients", async () => {
    const params = layer.init(key(0), { inFeatures: 3, hidden: 2 });
    const mask = tensor([[true, true, false, false]]);
    const x = normal(key(1), [1, 4, 3]);
    const loss = (p: typeof params, e: Tensor): Tensor => layer.apply(p, e, { mask }).pow(2).sum();
    const padded = mask.expandDims(-1).where(x, nan);
    await assertAllclose(jit(grad(loss))(params, padded), grad(loss)(params, x), {
      rtol: 1e-5,
      atol: 1e-7,
    });
    expect(await isFinite(grad((e: Tensor) => loss(params, e))(padded))).toBe(true);
  });
});

describe("combinators refuse what would go wrong silently", () => {
  const one = bind(linear, { inFeatures: 2, outFeatures: 2 });
  test("names that JavaScript reorders", () => {
    const modules = {
      double: stateless((x: Tensor) => x.mul(2)),
      1: stateless((x: Tensor) => x.add(1)),
    };
    for (const make of [
      () => sequential(modules).init(key(0)),
      () => parallel(modules).init(key(0)),
      () => sequentialStateful(modules).init(key(0)),
      () => parallelStateful(modules).initState(),
    ])
      expect(make).toThrow("must not be whole numbers");
    expect(() => sequential(modules).apply({ double: {}, 1: {} }, tensor(1))).toThrow("got 1");
    expect(sequential([one, one]).init(key(0)).length).toBe(2);
  });

  test("branches of other shapes", () => {
    const growing = bind(linear, { inFeatures: 1, outFeatures: 4 });
    const x = ones([2, 1]);
    const message = "branches that are added must have one shape, got [2,1] and [2,4]";
    expect(() => residual(growing).apply(growing.init(key(0)), x)).toThrow(message);
    const both = { same: stateless((e: Tensor) => e), growing };
    expect(() => parallel(both).apply(parallel(both).init(key(0)), x)).toThrow(message);
    const stateful = parallelStateful(both);
    expect(() => stateful.apply(stateful.init(key(0)), stateful.initState(), x)).toThrow(message);
  });

  test("parameters of another number of copies", async () => {
    const [two, three] = [repeat(one, 2), repeat(one, 3)];
    const params = two.init(key(0));
    const message = "parameters of 3 copies have a leading axis of 3, got [2,2] at bias";
    expect(() => three.apply(params, ones([1, 2]))).toThrow(message);
    expect(() => three.apply(params, ones([1, 2]), { key: key(1) })).toThrow(message);
    const none = repeat(
      stateless((x: Tensor) => x.mul(2)),
      3,
    );
    expect(await none.apply(none.init(key(0)), tensor(1)).item()).toBe(8);
  });

  test("a GPT's configuration that is not that of its parameters", () => {
    const config = gptConfig({ vocabSize: 5, blockSize: 4, nLayer: 2, nHead: 2, nEmbd: 8 });
    const ids = tensor([[0, 1, 2]], { dtype: "int32" });
    for (const scanBlocks of [false, true]) {
      const params = gpt.init(key(0), { ...config, scanBlocks });
      expect(gpt.apply(params, ids, config).shape).toEqual([1, 3, 5]);
      expect(() => gpt.apply(params, ids, { ...config, nLayer: 7, vocabSize: 99 })).toThrow(
        "the configuration must be that of the parameters, got vocabSize 99 for 5, nLayer 7 for 2",
      );
      for (const other of [{ blockSize: 8 }, { nEmbd: 16 }, { useBias: true }, { tiedHead: false }])
        expect(() => gpt.apply(params, ids, { ...config, ...other })).toThrow(
          Object.keys(other)[0],
        );
      // @ts-expect-error the configuration is needed
      expect(() => gpt.apply(params, ids)).toThrow("gpt: options must be a record, got undefined");
    }
  });

  test("what is missing in calls without types", () => {
    const params = linear.init(key(0), { inFeatures: 2, outFeatures: 1 });
    // @ts-expect-error no configuration
    expect(() => linear.init(key(0))).toThrow("linear: config must be a record");
    // @ts-expect-error no parameters
    expect(() => linear.apply(undefined, ones([2]))).toThrow("linear: params must be a record");
    // @ts-expect-error no input
    expect(() => linear.apply(params)).toThrow("linear: x must be a tensor");
    // @ts-expect-error no kernel
    expect(() => linear.apply({}, ones([2]))).toThrow("linear: params.kernel must be a tensor");
    // @ts-expect-error no options
    expect(() => gptConfig()).toThrow("gptConfig: options must be a record");
    // @ts-expect-error no list
    expect(() => mlp.init(key(0), { sizes: 3 })).toThrow("sizes needs an input and an output");
    const conv = conv1d.init(key(0), { inChannels: 2, outChannels: 2, kernelSize: 3 });
    expect(() => conv1d.apply(conv, ones([1, 2, 2]))).toThrow("the kernel must fit");
  });
});

describe("residualStateful", () => {
  test("adds the input, and passes state, key and training on", async () => {
    const inner = sequentialStateful({
      norm: bindStateful(batchNorm, { features: 3 }),
      act: stateless(relu),
    });
    const block = residualStateful(inner);
    const [params, state] = [block.init(key(0)), block.initState()];
    const x = normal(key(1), [4, 3]);
    const [y, next] = block.apply(params, state, x, { train: true });
    const [own, moved] = inner.apply(params, state, x, { train: true });
    await assertAllclose(y, x.add(own));
    await assertAllclose(next.norm, moved.norm);
    const growing = residualStateful(
      sequentialStateful({ up: bind(linear, { inFeatures: 1, outFeatures: 3 }) }),
    );
    expect(() => growing.apply(growing.init(key(0)), growing.initState(), ones([2, 1]))).toThrow(
      "must have one shape",
    );
  });
});

describe("spectralNormed", () => {
  test("training brings the largest singular value of the kernel to 1", async () => {
    const [layer, config] = [
      spectralNormed(linear),
      { inFeatures: 2, outFeatures: 2, useBias: false },
    ];
    const params = {
      ...layer.init(key(0), config),
      kernel: tensor([
        [3, 0],
        [0, -2],
      ]),
    };
    const x = tensor([
      [1, 0],
      [0, 1],
    ]);
    let state = layer.initState(config);
    for (let i = 0; i < 30; i++) [, state] = layer.apply(params, state, x, { train: true });
    const [y, same] = layer.apply(params, state, x);
    await assertAllclose(
      y,
      tensor([
        [1, 0],
        [0, -2 / 3],
      ]),
      { rtol: 1e-5, atol: 1e-5 },
    );
    expect(same).toBe(state);
    const [fresh] = layer.apply(params, layer.initState(config), x);
    expect(Number(await fresh.abs().max().item())).toBeLessThanOrEqual(1.51); // never divided by almost nothing
  });

  test("is the plain layer on the normed kernel, with the layer's own options, and binds", async () => {
    const layer = spectralNormed(conv2d, { axis: 0, iterations: 2 });
    const config = { inChannels: 2, outChannels: 3, kernelSize: 3 };
    const model = sequentialStateful({
      conv: bindStateful(layer, config, { padding: "same" as const }),
      act: stateless(relu),
    });
    const [params, state] = [model.init(key(0)), model.initState()];
    const x = normal(key(1), [1, 2, 4, 4]);
    const [y, next] = model.apply(params, state, x, { train: true });
    const [kernel, own] = spectralNorm(params.conv.kernel, state.conv, { axis: 0, iterations: 2 });
    await assertAllclose(next.conv, own);
    await assertAllclose(y, relu(conv2d.apply({ ...params.conv, kernel }, x, { padding: "same" })));
  });
});

test("in float32, batch normalisation is layer normalisation of the transpose", async () => {
  const x = normal(key(0), [5, 3]);
  const [y] = batchNorm.apply({}, batchNorm.initState({ features: 3 }), x, { train: true });
  await assertAllclose(y.transpose(), layerNorm.apply({ scale: ones([5]) }, x.transpose()), {
    rtol: 1e-5,
    atol: 1e-6,
  });
});
