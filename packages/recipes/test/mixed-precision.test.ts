import { createOnnxBackend } from "@adjoint/backend-onnx";
import {
  type DType,
  getBackend,
  referenceBackend,
  setBackend,
  tensor,
  type Tensor,
  withBackend,
} from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import { leaves, map } from "@adjoint/core/tree";
import { gpt, type GptParams } from "@adjoint/nn";
import {
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  dynamicLossScale,
  type LossScale,
  sgd,
  staticLossScale,
} from "@adjoint/optim";
import {
  type Batch,
  decodeCheckpoint,
  encodeCheckpoint,
  type MixedPrecision,
  mixedPrecision,
  pretrain,
  train,
  type TrainRecipe,
  type TrainState,
} from "@adjoint/recipes";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFixture } from "../../nn/test/support/fixtures.ts";
import {
  batchAt,
  configOf,
  fixture as gptFixture,
  lossOf,
  startParams,
} from "./support/gpt-fixture.ts";
import { contentsOf } from "./support/states.ts";

type Fixture = {
  readonly config: unknown;
  readonly optimizer: Readonly<
    Record<"learningRate" | "beta1" | "beta2" | "eps" | "weightDecay" | "clip", number>
  >;
  readonly lossScale: Readonly<Record<"initial" | "factor" | "growthInterval", number>>;
  readonly weights: readonly number[];
  readonly losses: readonly number[];
  readonly scales: readonly number[];
  readonly skipped: readonly boolean[];
  readonly float32Losses: readonly number[];
};

const fixture = readFixture<Fixture>("recipes/test/fixtures/mixed.json");
const steps = fixture.weights.length;

type Weighted = Batch & { readonly weight: Tensor };

const weightedAt = (step: number): Weighted => ({
  ...batchAt(step),
  weight: tensor(fixture.weights[step] ?? 1),
});

/** The recipe of the fixture under a policy. */
const recipeOf = (
  precision: MixedPrecision | undefined,
  scanBlocks: boolean,
): TrainRecipe<GptParams, Weighted> => {
  const { learningRate, beta1, beta2, eps, weightDecay, clip } = fixture.optimizer;
  const own = lossOf(configOf(scanBlocks));
  const moments = { b1: beta1, b2: beta2, eps };
  return pretrain({
    loss: (params, batch) => own(params, batch).mul(batch.weight),
    optimizer: chain(
      clipByGlobalNorm(clip),
      adamw({ learningRate, ...moments, weightDecay, mask: gpt.decays }),
    ),
    ...(precision === undefined ? {} : { precision }),
  });
};

const half = (growthInterval = 2000): MixedPrecision =>
  mixedPrecision({
    compute: "float16",
    lossScale: dynamicLossScale({ growthInterval }),
    fallback: "emulate",
  });

type Seen = {
  readonly losses: number[];
  readonly scales: number[];
  readonly skipped: boolean[];
  readonly state: TrainState<GptParams>;
};

/** Runs the steps from `from` to `to` and looks at each. */
const run = async (
  recipe: TrainRecipe<GptParams, Weighted>,
  initial: TrainState<GptParams>,
  batch: (step: number) => Weighted = weightedAt,
  [from, to]: readonly [number, number] = [0, steps],
): Promise<Seen> => {
  const seen: Seen = { losses: [], scales: [], skipped: [], state: initial };
  let state = initial;
  for (let step = from; step < to; step++) {
    const [next, metrics] = recipe.step(state, batch(step));
    state = next;
    seen.losses.push(Number(await metrics.loss.item()));
    seen.scales.push(Number(await metrics.lossScale?.item()));
    seen.skipped.push((await metrics.skipped?.item()) === true);
  }
  return { ...seen, state };
};

const engines: Readonly<Record<string, () => Promise<Backend>>> = {
  reference: () => Promise.resolve(referenceBackend),
  onnx: () => createOnnxBackend(),
};

describe.each([
  { engine: "reference", scanBlocks: false },
  { engine: "reference", scanBlocks: true },
  { engine: "onnx", scanBlocks: false },
])("a GPT in float16 on $engine, scanBlocks $scanBlocks", ({ engine, scanBlocks }) => {
  const before = getBackend();
  beforeAll(async () => setBackend((await engines[engine]?.()) ?? before));
  afterAll(() => setBackend(before));

  test("follows PyTorch: scales and skipped steps exactly, losses as float16 allows", async () => {
    expect(fixture.config).toEqual(gptFixture.config);
    const { initial, factor, growthInterval } = fixture.lossScale;
    const precision = mixedPrecision({
      compute: "float16",
      lossScale: dynamicLossScale({ initial, factor, growthInterval }),
      fallback: "emulate",
    });
    const recipe = recipeOf(precision, scanBlocks);
    const seen = await run(recipe, recipe.init(startParams("float32", scanBlocks)));
    const last = Number(await seen.state.lossScale?.scale.item());
    expect([...seen.scales, last]).toEqual(fixture.scales);
    expect(seen.skipped).toEqual(fixture.skipped);
    // the first loss comes from the same parameters: it is as exact as one number in float16
    expect(Math.abs((seen.losses[0] ?? 0) / (fixture.losses[0] ?? 0) - 1)).toBeLessThan(2 ** -11);
    // Two computations in float16 round at different places: they differ from one another by as much as both differ from
    // float32, which is twice what PyTorch's own losses do (0.64 %, the largest of the run).
    const away = fixture.losses.map((loss, i) =>
      Math.abs(loss / (fixture.float32Losses[i] ?? 0) - 1),
    );
    seen.losses.forEach((loss, step) =>
      expect(Math.abs(loss / (fixture.losses[step] ?? 0) - 1), `step ${step}`).toBeLessThan(
        2 * Math.max(...away),
      ),
    );
    expect(await seen.state.step.item()).toBe(steps);
  });
});

describe("beside float32", () => {
  // 30 steps take the loss from 2.54 to about 0.92; half precision may end within 2 % of that
  test.each<{ compute: "float16" | "bfloat16"; band: number }>([
    { compute: "float16", band: 0.02 },
    // 3 bits less than float16
    { compute: "bfloat16", band: 8 * 0.02 },
  ])("a GPT in $compute learns as fast, within $band", async ({ compute, band }) => {
    const even = (step: number): Weighted => ({ ...weightedAt(step), weight: tensor(1) });
    const plain = recipeOf(undefined, false);
    const wide = await run(plain, plain.init(startParams("float32", false)), even);
    const low = recipeOf(mixedPrecision({ compute, fallback: "emulate" }), false);
    const seen = await run(low, low.init(startParams("float32", false)), even);
    expect(seen.losses).not.toEqual(wide.losses);
    seen.losses.forEach((loss, step) =>
      expect(Math.abs(loss / (wide.losses[step] ?? 0) - 1), `step ${step}`).toBeLessThan(band),
    );
    expect(seen.losses.at(-1)).toBeLessThan(1);
    expect(leaves(seen.state.params).every((p) => p.dtype === "float32")).toBe(true);
  });

  test("float32 is no policy, bit for bit", async () => {
    const results = [undefined, mixedPrecision({ compute: "float32" })].map(async (precision) => {
      const recipe = recipeOf(precision, false);
      const initial = recipe.init(startParams("float32", false));
      return contentsOf((await run(recipe, initial, weightedAt, [0, 3])).state);
    });
    const [plain, policy] = await Promise.all(results);
    expect(policy).toEqual(plain);
  });
});

describe("an overflow", () => {
  const forced = (step: number): Weighted => ({
    ...batchAt(step),
    weight: tensor(step === 3 ? 60_000 : 1),
  });

  test("changes nothing but the scale and the number of steps", async () => {
    const recipe = recipeOf(half(), false);
    const fresh = recipe.init(startParams("float32", false));
    const { state: before } = await run(recipe, fresh, forced, [0, 3]);
    const was = await contentsOf({ params: before.params, optState: before.optState });
    expect(await before.lossScale?.goodSteps.item()).toBe(3);
    const [after, metrics] = recipe.step(before, forced(3));
    expect(await metrics.skipped?.item()).toBe(true);
    expect(Number.isFinite(await metrics.gradNorm.item())).toBe(false);
    expect(await contentsOf({ params: after.params, optState: after.optState })).toEqual(was);
    expect(await after.step.item()).toBe(4);
    expect(await after.lossScale?.scale.item()).toBe(2 ** 14);
    expect(await after.lossScale?.goodSteps.item()).toBe(0);
    const [next, { skipped }] = recipe.step(after, forced(4));
    expect(await skipped?.item()).toBe(false);
    expect(await contentsOf({ params: next.params, optState: next.optState })).not.toEqual(was);
  });

  test("of the loss itself is skipped too", async () => {
    const recipe = pretrain({
      loss: (w: Tensor, x: Tensor) => w.mul(x).mul(x).cast("float32").mean(),
      optimizer: adam({ learningRate: 0.1 }),
      precision: half(),
    });
    const [state, { loss, skipped }] = recipe.step(recipe.init(tensor(1)), tensor([300]));
    expect([await loss.item(), await skipped?.item()]).toEqual([Number.POSITIVE_INFINITY, true]);
    expect(await state.params.item()).toBe(1);
  });

  test("under a static scale is skipped and leaves the scale", async () => {
    const precision = mixedPrecision({
      compute: "float16",
      lossScale: staticLossScale(1024),
      fallback: "emulate",
    });
    const recipe = recipeOf(precision, false);
    const { skipped, scales } = await run(
      recipe,
      recipe.init(startParams("float32", false)),
      forced,
      [2, 5],
    );
    expect(skipped).toEqual([false, true, false]);
    expect(scales).toEqual([1024, 1024, 1024]);
  });
});

describe("a loss that is NaN in float16", () => {
  /** 300 squared is beyond float16, so that the loss of such a batch is infinity less infinity. */
  const events = (lossScale: LossScale, bad: (step: number) => boolean) => {
    const recipe = pretrain({
      loss: (w: Tensor, x: Tensor) => {
        const square = x.mul(x).mul(w);
        return square.sub(square.mul(0.5)).cast("float32").mean();
      },
      optimizer: sgd({ learningRate: 2 ** -10 }),
      precision: mixedPrecision({ compute: "float16", lossScale, fallback: "emulate" }),
    });
    const batch = (step: number) => tensor([bad(step) ? 300 : 2]);
    return train(recipe, recipe.init(tensor(1)), { steps: 6, every: 1, batchAt: batch });
  };
  const collect = async (lossScale: LossScale, bad: (step: number) => boolean) => {
    const seen: unknown[] = [];
    for await (const { loss, lossScale: used, skipped } of events(lossScale, bad))
      seen.push([Number.isNaN(loss), used, skipped]);
    return seen;
  };

  test("is reported as skipped while the scale goes down for it", async () => {
    expect(await collect(dynamicLossScale({ initial: 8 }), (step) => step === 2)).toEqual([
      [false, 8, false],
      [false, 8, false],
      [true, 8, true],
      [false, 4, false],
      [false, 4, false],
      [false, 4, false],
    ]);
  });

  test("is an error when the scale cannot help", async () => {
    const always = (step: number): boolean => step >= 2;
    const run = collect(dynamicLossScale({ initial: 4 }), always);
    await expect(run).rejects.toThrow("the loss must be a number, got NaN at step 5");
    const fixed = collect(staticLossScale(4), always);
    await expect(fixed).rejects.toThrow("the loss must be a number, got NaN at step 3");
  });
});

test("the scale grows after a row of good steps, and gradients do not depend on it", async () => {
  const line = (initial: number) =>
    pretrain({
      loss: (w: Tensor, x: Tensor) => w.mul(x).sub(6).cast("float32").pow(2).mean(),
      optimizer: sgd({ learningRate: 0.125 }),
      precision: mixedPrecision({
        compute: "float16",
        lossScale: dynamicLossScale({ initial, growthInterval: 2 }),
        fallback: "emulate",
      }),
    });
  const runs = [16, 256].map(async (initial) => {
    const recipe = line(initial);
    let state = recipe.init(tensor(0.5));
    const scales: number[] = [];
    for (let step = 0; step < 6; step++) {
      [state] = recipe.step(state, tensor([1.5]));
      scales.push(Number(await state.lossScale?.scale.item()) / initial);
    }
    return { scales, w: await state.params.item() };
  });
  const [small, large] = await Promise.all(runs);
  expect(small?.scales).toEqual([1, 2, 2, 4, 4, 8]);
  expect(large).toEqual(small);
});

test.each([7, 11, 12])("a run resumed after %i steps equals the whole run", async (at) => {
  const { initial, growthInterval } = fixture.lossScale;
  const make = () =>
    recipeOf(
      mixedPrecision({
        compute: "float16",
        lossScale: dynamicLossScale({ initial: initial ?? 1, growthInterval: growthInterval ?? 1 }),
        fallback: "emulate",
      }),
      false,
    );
  const fresh = (recipe: ReturnType<typeof make>) => recipe.init(startParams("float32", false));
  const whole = make();
  const all = await run(whole, fresh(whole), weightedAt, [0, 16]);
  const first = make();
  const bytes = await encodeCheckpoint((await run(first, fresh(first), weightedAt, [0, at])).state);
  const second = make();
  const { state } = decodeCheckpoint(bytes, fresh(second));
  const rest = await run(second, state, weightedAt, [at, 16]);
  expect(rest.losses).toEqual(all.losses.slice(at));
  expect(rest.scales).toEqual(all.scales.slice(at));
  expect(await contentsOf(rest.state)).toEqual(await contentsOf(all.state));
});

describe("a backend that emulates float16", () => {
  const native: Backend = { ...referenceBackend, name: "native", nativeDTypes: ["float16"] };
  const silent: Backend = { ...referenceBackend, name: "silent" };
  Reflect.deleteProperty(silent, "nativeDTypes");

  test("is answered with float32 and one warning", async () => {
    const warnings: string[] = [];
    const precision = mixedPrecision({
      compute: "float16",
      onWarning: (message) => warnings.push(message),
    });
    const recipe = recipeOf(precision, false);
    const plain = recipeOf(undefined, false);
    const params = () => startParams("float32", false);
    const seen = await run(recipe, recipe.init(params()), weightedAt, [0, 3]);
    const wide = await run(plain, plain.init(params()), weightedAt, [0, 3]);
    await recipe.evaluate(seen.state.params, weightedAt(0)).item();
    expect(seen.losses).toEqual(wide.losses);
    expect(seen.scales).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    // the scale stays in the state, so that the checkpoint fits a device that has float16
    expect(await seen.state.lossScale?.scale.item()).toBe(2 ** 15);
    expect(warnings).toEqual([
      "mixedPrecision: backend reference does not compute in float16 itself; using float32",
    ]);
  });

  test.each([
    ["float16", native, "float16"],
    ["float16", silent, "float16"],
    ["float16", referenceBackend, "float32"],
    ["bfloat16", native, "float32"],
    ["bfloat16", silent, "bfloat16"],
    ["float32", native, "float32"],
  ] as const)("%s on %o is %s", (compute, backend, expected) => {
    const warnings: string[] = [];
    const precision = mixedPrecision({ compute, onWarning: (text) => warnings.push(text) });
    expect(precision.computeOn(backend)).toBe(expected);
    expect(precision.computeOn(backend)).toBe(expected);
    expect(warnings.length).toBe(compute === expected ? 0 : 1);
    const x = withBackend(backend, () => precision.castToCompute(tensor(1)).dtype);
    expect(x).toBe(expected);
  });
});

describe("a policy", () => {
  const policy = mixedPrecision({
    compute: "float16",
    keep: (p, path) => p.rank === 1 && path.endsWith("scale"),
    fallback: "emulate",
  });
  const of = (dtype: DType) => tensor([1, 2], { dtype });
  const dtypesOf = (tree: unknown) => map((x) => (x as unknown as Tensor).dtype, tree);

  test("casts floats alone, and leaves what is to be kept", () => {
    const params = { norm: { scale: of("float32") }, w: of("float32"), k: of("uint32"), no: null };
    expect(dtypesOf(policy.castToCompute(params))).toEqual({
      norm: { scale: "float32" },
      w: "float16",
      k: "uint32",
      no: null,
    });
    expect(dtypesOf(policy.castBatch([of("int32"), of("float64"), of("bool")]))).toEqual([
      "int32",
      "float16",
      "bool",
    ]);
    expect(policy.castToOutput(of("float16")).dtype).toBe("float32");
  });

  test("starts from float32 whatever it is given", () => {
    const recipe = pretrain({
      loss: (w: Tensor) => w.mean(),
      optimizer: adam({ learningRate: 1 }),
      precision: policy,
    });
    const state = recipe.init(of("float16"));
    const kept: readonly unknown[] = leaves(state);
    expect(state.params.dtype).toBe("float32");
    expect(kept.some((x) => (x as Tensor).dtype === "float16")).toBe(false);
  });

  test("evaluates in its dtype, and reports float32", async () => {
    const seen: DType[] = [];
    const recipe = pretrain({
      loss: (w: Tensor, x: Tensor) => {
        seen.push(w.dtype, x.dtype);
        return w.mul(x).sum();
      },
      optimizer: sgd({ learningRate: 1 }),
      precision: policy,
    });
    const loss = recipe.evaluate(tensor(1.0001), tensor(3));
    expect([seen, loss.dtype, await loss.item()]).toEqual([["float16", "float16"], "float32", 3]);
  });

  test("scales float16 alone", () => {
    expect(mixedPrecision({ compute: "float16" }).lossScale).toBeDefined();
    expect(mixedPrecision({ compute: "bfloat16" }).lossScale).toBeUndefined();
    expect(mixedPrecision({ compute: "float32" }).lossScale).toBeUndefined();
  });

  test("refuses what it does not know", () => {
    expect(() => mixedPrecision({ compute: "float64" as "float32" })).toThrow("compute is float32");
    expect(() => mixedPrecision({ compute: "float16", fallback: "none" as "emulate" })).toThrow(
      "fallback is float32",
    );
  });

  test("refuses a state without a scale", () => {
    const recipe = recipeOf(half(), false);
    const { lossScale, ...state } = recipe.init(startParams("float32", false));
    expect(lossScale).toBeDefined();
    expect(() => recipe.step(state, weightedAt(0))).toThrow("holds lossScale");
  });
});
