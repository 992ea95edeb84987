import {
  concatenate,
  grad,
  jit,
  makeIr,
  ones,
  relu,
  tensor,
  type Tensor,
  zeros,
} from "@adjoint/core";
import { key, normal } from "@adjoint/core/random";
import { assertAllclose } from "@adjoint/core/testing";
import {
  batchNorm,
  bind,
  bindStateful,
  block,
  conv2d,
  dropout,
  gpt,
  gptConfig,
  layerNorm,
  linear,
  type LinearParams,
  mlp,
  modelSummary,
  type Module,
  parallel,
  parallelStateful,
  parameterRows,
  repeat,
  residual,
  sequential,
  sequentialStateful,
  stateless,
  summaryTable,
  unstackLayers,
} from "@adjoint/nn";
import { describe, expect, expectTypeOf, test } from "vitest";

const x = normal(key(9), [3, 4]);
const wide = bind(linear, { inFeatures: 4, outFeatures: 8 });
const narrow = bind(linear, { inFeatures: 8, outFeatures: 4 });

describe("combinators", () => {
  const model = sequential({ up: wide, act: stateless(relu), down: narrow });
  const params = model.init(key(0));

  test("sequential: names and types of parameters are those of the modules", async () => {
    expectTypeOf(params.up).toEqualTypeOf<LinearParams>();
    expectTypeOf(sequential([wide, narrow]).init(key(0))[1]).toEqualTypeOf<LinearParams>();
    // @ts-expect-error there is no such module
    expect(params.middle).toBeUndefined();
    const expected = linear.apply(params.down, relu(linear.apply(params.up, x)));
    await assertAllclose(model.apply(params, x), expected);
    await assertAllclose(
      jit(grad((p: typeof params) => model.apply(p, x).sum()))(params),
      {
        ...grad((p: typeof params) => model.apply(p, x).sum())(params),
      },
      { rtol: 1e-5, atol: 1e-6 },
    );
    const listed = sequential([wide, stateless(relu), narrow]);
    const list = [params.up, {}, params.down] as const;
    await assertAllclose(listed.apply(list, x), expected);
    expect(() => sequential({}).init(key(0))).toThrow("needs at least one module");
  });

  test("equal modules start differently, the same key gives the same parameters", async () => {
    const twins = sequential({ a: wide, b: bind(linear, { inFeatures: 4, outFeatures: 8 }) }).init(
      key(0),
    );
    await expect(assertAllclose(twins.a, twins.b)).rejects.toThrow("must agree");
    await assertAllclose(model.init(key(0)), params, { rtol: 0, atol: 0 });
  });

  test("residual and parallel: a ResNet's shortcut", async () => {
    const inner = residual(model);
    await assertAllclose(inner.apply(params, x), x.add(model.apply(params, x)));
    const shortcut = parallel({
      path: model,
      skip: bind(linear, { inFeatures: 4, outFeatures: 4, useBias: false }),
    });
    const own = shortcut.init(key(1));
    await assertAllclose(
      shortcut.apply(own, x),
      model.apply(own.path, x).add(linear.apply(own.skip, x)),
    );
    const joined = parallel([wide, wide], (values) => concatenate([...values], -1));
    expect(joined.apply(joined.init(key(2)), x).shape).toEqual([3, 16]);
  });

  test("dropout is off without a key and draws anew in every module", async () => {
    const drop: Module<object> = {
      init: () => ({}),
      apply: (_p, h, run) => dropout(h, { dropout: 0.5, ...run }),
    };
    const both = parallel({ a: drop, b: drop }, (values) => concatenate([...values], 0));
    await assertAllclose(both.apply({ a: {}, b: {} }, ones([64])), ones([128]));
    const y = both.apply({ a: {}, b: {} }, ones([64]), { key: key(0) });
    await expect(assertAllclose(y.slice([0], [64]), y.slice([64], [128]))).rejects.toThrow(
      "must agree",
    );
    const bound = bind(mlp, { sizes: [4, 8, 4] }, { dropout: 0.5 });
    const own = bound.init(key(3));
    await assertAllclose(
      bound.apply(own, x, { key: key(4) }),
      mlp.apply(own, x, { dropout: 0.5, key: key(4) }),
    );
    await assertAllclose(bound.apply(own, x), mlp.apply(own, x));
  });
});

describe("combinators with state", () => {
  const path = sequentialStateful({
    conv: bind(
      conv2d,
      { inChannels: 2, outChannels: 3, kernelSize: 3, useBias: false },
      { padding: "same" },
    ),
    norm: bindStateful(batchNorm, { features: 3 }),
    act: stateless(relu),
  });
  const image = normal(key(5), [4, 2, 5, 5]);

  test("training moves the state of every norm; evaluating reads it and leaves it", async () => {
    const [params, state] = [path.init(key(0)), path.initState()];
    expectTypeOf(params.conv.kernel).toEqualTypeOf<Tensor>();
    expectTypeOf(state.act).toEqualTypeOf<null>();
    const [y, next] = jit((p: typeof params, s: typeof state, e: Tensor) =>
      path.apply(p, s, e, { train: true }),
    )(params, state, image);
    const h = conv2d.apply(params.conv, image, { padding: "same" });
    const [normed, moved] = batchNorm.apply(params.norm, state.norm, h, { train: true });
    await assertAllclose(y, relu(normed), { rtol: 1e-4, atol: 1e-5 });
    await assertAllclose(next.norm, moved, { rtol: 1e-4, atol: 1e-6 });
    const [, same] = path.apply(params, state, image);
    await assertAllclose(same.norm, state.norm, { rtol: 0, atol: 0 });
  });

  test("a residual block: the path beside its shortcut", async () => {
    const block = parallelStateful({
      path,
      skip: bind(conv2d, { inChannels: 2, outChannels: 3, kernelSize: 1, useBias: false }),
    });
    const [params, state] = [block.init(key(0)), block.initState()];
    const [y, next] = block.apply(params, state, image, { train: true });
    const [own] = path.apply(params.path, state.path, image, { train: true });
    await assertAllclose(y, own.add(conv2d.apply(params.skip, image)), { rtol: 1e-5, atol: 1e-6 });
    expect(next.skip).toBe(null);
    expect(() => sequentialStateful({}).apply({}, {}, image)).toThrow("at least one module");
    expect(() => parallelStateful({}).apply({}, {}, image)).toThrow("at least one module");
  });
});

describe("repeat", () => {
  const one = bind(block, { nEmbd: 8 }, { nHead: 2, dropout: 0.1 });
  const sequence = normal(key(1), [2, 5, 8]);

  test("equals its copies one after the other, values and gradients, checkpointed or not", async () => {
    const tower = repeat(one, 3);
    const params = tower.init(key(0));
    const loop = (p: typeof params): Tensor =>
      unstackLayers(p).reduce((h: Tensor, own) => one.apply(own as typeof params, h), sequence);
    await assertAllclose(tower.apply(params, sequence), loop(params), { rtol: 1e-5, atol: 1e-6 });
    const slope = grad((p: typeof params) => loop(p).sin().sum())(params);
    for (const checkpoint of [false, true]) {
      const own = repeat(one, 3, { checkpoint });
      const here = jit(grad((p: typeof params) => own.apply(p, sequence).sin().sum()))(params);
      await assertAllclose(here, slope, { rtol: 1e-4, atol: 1e-5 });
    }
  });

  test("what is traced does not grow with depth: value, gradient and start", () => {
    const sizes = [2, 50].map((depth) => {
      const tower = repeat(one, depth);
      const params = tower.init(key(0));
      const value = makeIr((p: typeof params) => tower.apply(p, sequence))(params);
      const slope = makeIr(grad((p: typeof params) => tower.apply(p, sequence).sum()))(params);
      const start = makeIr((k: Tensor) => tower.init(k))(key(0));
      return [value, slope, start].map((ir) => ir.toString().split("\n").length);
    });
    expect(sizes[1]).toEqual(sizes[0]);
  });

  test("every copy starts from and drops with a key of its own", async () => {
    const tower = repeat(one, 2);
    const params = tower.init(key(0));
    const [a, b] = unstackLayers(params.mlp);
    await expect(assertAllclose(a, b)).rejects.toThrow("must agree");
    const train = (seed: number): Tensor => tower.apply(params, sequence, { key: key(seed) });
    await assertAllclose(jit(train)(1), train(1), { rtol: 1e-5, atol: 1e-6 });
    await expect(assertAllclose(train(1), train(2))).rejects.toThrow("must agree");
    expect(() => repeat(one, 0).init(key(0))).toThrow("count");
    const growing = repeat(wide, 2);
    expect(() => growing.apply(growing.init(key(0)), x)).toThrow("scan");
  });
});

describe("modelSummary", () => {
  test("operations by hand: two linear layers, a scanned tower, attention", () => {
    const model = sequential([wide, narrow]);
    const params = model.init(key(0));
    const summary = modelSummary(params, (p) => model.apply(p, x));
    // 2 * 3 * 4 * 8 for each kernel
    expect(summary.rows.map(({ path, flops }) => [path, flops])).toEqual([
      ["[0].bias", 0],
      ["[0].kernel", 192],
      ["[1].bias", 0],
      ["[1].kernel", 192],
    ]);
    expect([summary.count, summary.bytes, summary.flops]).toEqual([76, 304, 384]);
    const norm = bind(layerNorm, { features: 8 });
    const tower = repeat(sequential([norm, bind(linear, { inFeatures: 8, outFeatures: 8 })]), 5);
    const deep = tower.init(key(0));
    const input = zeros([3, 8]);
    expect(modelSummary(deep, (p) => tower.apply(p, input)).flops).toBe(5 * 2 * 3 * 8 * 8);
  });

  test("a GPT: 2 N T for the matrices, the scores and means of attention on top; scanned or not", () => {
    const sizes = { vocabSize: 11, blockSize: 6, nLayer: 3, nHead: 2, nEmbd: 8 };
    const ids = tensor([[1, 2, 3, 4, 5, 6]], { dtype: "int32" });
    const flops = [false, true].map((scanBlocks) => {
      const config = gptConfig({ ...sizes, scanBlocks });
      return modelSummary(gpt.init(key(0), config), (p) => gpt.apply(p, ids, config)).flops;
    });
    const matrices = 12 * 8 * 8 * 3 + 8 * 11;
    const attention = 3 * 2 * 6 * 6 * (8 + 8);
    expect(flops).toEqual([2 * 6 * matrices + attention, 2 * 6 * matrices + attention]);
  });

  test("convolutions, bytes of every type, and the table", () => {
    const half = {
      w: zeros([4, 2], { dtype: "bfloat16" }),
      n: zeros([3], { dtype: "float64" }),
      b: zeros([5], { dtype: "bool" }),
    };
    expect(parameterRows(half).map(({ path, bytes }) => [path, bytes])).toEqual([
      ["b", 5],
      ["n", 24],
      ["w", 16],
    ]);
    const table = summaryTable(
      modelSummary({ w: ones([4, 2]) }, ({ w }) => ones([3, 4]).matmul(w)),
    );
    expect(table.split("\n")).toEqual([
      "name   type          count  bytes  flops",
      "w      float32[4,2]      8     32     48",
      "total                    8     32     48",
    ]);
  });
});
