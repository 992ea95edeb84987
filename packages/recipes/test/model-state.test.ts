import {
  ArgumentError,
  type DType,
  fromData,
  jit,
  relu,
  tensor,
  type Tensor,
  valueAndGrad,
} from "@adjoint/core";
import { key, normal, splitTuple } from "@adjoint/core/random";
import { batchNorm, type BatchNormState, conv2d, crossEntropy, linear } from "@adjoint/nn";
import {
  adam,
  applyIfFinite,
  applyUpdates,
  dynamicLossScale,
  type GradientTransformation,
  multiSteps,
  type OptState,
  sgd,
} from "@adjoint/optim";
import {
  decodeCheckpoint,
  encodeCheckpoint,
  type LossContext,
  mixedPrecision,
  pretrain,
  train,
} from "@adjoint/recipes";
import { describe, expect, test } from "vitest";
import { contentsOf } from "./support/states.ts";

const channels = 4;
const classes = 3;
const kernel = {
  inChannels: channels,
  outChannels: channels,
  kernelSize: 3,
} as const;

const initParams = () => {
  const [forStem, forBlock, forHead] = splitTuple(key(5), 3);
  return {
    stem: conv2d.init(forStem, { ...kernel, inChannels: 1 }),
    stemNorm: batchNorm.init(forStem, { features: channels }),
    block: conv2d.init(forBlock, kernel),
    blockNorm: batchNorm.init(forBlock, { features: channels }),
    head: linear.init(forHead, { inFeatures: channels, outFeatures: classes }),
  };
};

type Params = ReturnType<typeof initParams>;

/** A stem and one residual block, each convolution with batch norm behind it, means over space, and a head. */
const net = {
  initState: () => ({
    stem: batchNorm.initState({ features: channels }),
    block: batchNorm.initState({ features: channels }),
  }),
  apply: (
    params: Params,
    state: State,
    x: Tensor,
    isTraining: boolean,
  ): readonly [Tensor, State] => {
    const options = { train: isTraining };
    const [h, stem] = batchNorm.apply(
      params.stemNorm,
      state.stem,
      conv2d.apply(params.stem, x, { padding: "same" }),
      options,
    );
    const first = relu(h);
    const [g, block] = batchNorm.apply(
      params.blockNorm,
      state.block,
      conv2d.apply(params.block, first, { padding: "same" }),
      options,
    );
    const pooled = relu(first.add(g)).mean([2, 3]);
    return [linear.apply(params.head, pooled), { stem, block }];
  },
};

type State = { readonly stem: BatchNormState; readonly block: BatchNormState };
type Images = { readonly images: Tensor; readonly labels: Tensor };

/** Each class of images has lines at its own distance; the brightness drifts, so that running statistics matter. */
const batchAt = (step: number): Images => {
  const size = 6;
  const labels = Int32Array.from({ length: 6 }, (_, i) => (i + step) % classes);
  const noise = Array.from({ length: 6 * size * size }, (_, i) =>
    Math.sin(i * 12.9898 + step * 7.3),
  );
  const images = Float32Array.from(noise, (x, i) => {
    const label = labels[Math.floor(i / (size * size))] ?? 0;
    return (i % (label + 2) === 0 ? 2 : 0) + 0.3 * x + 0.1 * (step % 5);
  });
  return { images: fromData(images, [6, 1, size, size]), labels: fromData(labels, [6]) };
};

const losses = (
  params: Params,
  { images, labels }: Images,
  { state, train: isTraining }: LossContext<State>,
) => {
  const [logits, next] = net.apply(params, state, images, isTraining);
  return { loss: crossEntropy(logits, labels), state: next };
};

const recipeWith = (optimizer: GradientTransformation) => pretrain({ loss: losses, optimizer });

/** What somebody would write without the recipe. */
const byHand = (optimizer: GradientTransformation, steps: number) => {
  const withAux = (params: Params, state: State, batch: Images): [Tensor, State] => {
    const { loss, state: next } = losses(params, batch, { state, train: true });
    return [loss, next];
  };
  const step = jit((params: Params, state: State, optState: OptState, batch: Images) => {
    const [[loss, next], grads] = valueAndGrad(withAux, { hasAux: true })(params, state, batch);
    const [updates, nextOpt] = optimizer.update(grads, optState, params);
    return [applyUpdates(params, updates), next, nextOpt, loss] as const;
  });
  let [params, state]: [Params, State] = [initParams(), net.initState()];
  let optState: OptState = optimizer.init(params);
  for (let i = 0; i < steps; i++) {
    const [p, s, o] = step(params, state, optState, batchAt(i));
    [params, state, optState] = [p as Params, s as State, o as OptState];
  }
  return { params, state };
};

describe("a model with batch norm", () => {
  test("learns, and its running statistics are those of a loop by hand", async () => {
    const optimizer = adam({ learningRate: 0.03 });
    const recipe = recipeWith(optimizer);
    let last = recipe.init(initParams(), net.initState());
    const reached: number[] = [];
    for await (const { state, loss } of train(recipe, last, { steps: 40, every: 20, batchAt })) {
      last = state;
      reached.push(loss);
    }
    expect(reached[1]).toBeLessThan(0.3); // log(3) = 1.1 for guesses
    const wanted = byHand(optimizer, 40);
    expect(await contentsOf(last.modelState)).toEqual(await contentsOf(wanted.state));
    expect(await contentsOf(last.params)).toEqual(await contentsOf(wanted.params));
    // statistics of the batch in a step, running ones in an evaluation
    const [logits] = net.apply(last.params, last.modelState, batchAt(41).images, false);
    const held = recipe.evaluate(last.params, batchAt(41), last.modelState);
    expect(Number(await held.item())).toBeCloseTo(
      Number(await crossEntropy(logits, batchAt(41).labels).item()),
      5,
    );
    expect(await contentsOf(last.modelState)).toEqual(await contentsOf(wanted.state));
  });

  test("goes on from a checkpoint bit by bit", async () => {
    const recipe = recipeWith(adam({ learningRate: 0.03 }));
    let state = recipe.init(initParams(), net.initState());
    for (let i = 0; i < 4; i++) [state] = recipe.step(state, batchAt(i));
    const bytes = await encodeCheckpoint(state);
    for (let i = 4; i < 8; i++) [state] = recipe.step(state, batchAt(i));
    let resumed = decodeCheckpoint(bytes, recipe.init(initParams(), net.initState())).state;
    for (let i = 4; i < 8; i++) [resumed] = recipe.step(resumed, batchAt(i));
    expect(await contentsOf(resumed)).toEqual(await contentsOf(state));
    expect((await contentsOf(state)).map((row) => (row as readonly string[])[0])).toContain(
      "modelState.stem.variance",
    );
  });

  test("moves its statistics with every micro-batch, in order", async () => {
    const optimizer = multiSteps(sgd({ learningRate: 0.1 }), { every: 3 });
    const recipe = recipeWith(optimizer);
    let state = recipe.init(initParams(), net.initState());
    const start = await contentsOf(state.params);
    for (let i = 0; i < 2; i++) [state] = recipe.step(state, batchAt(i));
    expect(await contentsOf(state.params)).toEqual(start);
    expect(await contentsOf(state.modelState)).toEqual(
      await contentsOf(byHand(optimizer, 2).state),
    );
    [state] = recipe.step(state, batchAt(2));
    expect(await contentsOf(state.params)).not.toEqual(start);
    expect(await contentsOf(state.modelState)).toEqual(
      await contentsOf(byHand(optimizer, 3).state),
    );
  });
});

/** One running mean, of inputs that may be too large. */
type Mean = { readonly mean: Tensor };

const meanLoss = (w: Tensor, x: Tensor, { state, train: isTraining }: LossContext<Mean>) => {
  const mean = isTraining ? state.mean.mul(0.5).add(x.mean().cast("float32").mul(0.5)) : state.mean;
  return { loss: w.mul(x).sub(1).cast("float32").pow(2).mean(), state: { mean } };
};

describe("a step that is skipped", () => {
  test("leaves the model's state where the loss scale goes down", async () => {
    const recipe = pretrain({
      loss: meanLoss,
      optimizer: sgd({ learningRate: 0.01 }),
      precision: mixedPrecision({
        compute: "float16",
        fallback: "emulate",
        lossScale: dynamicLossScale({ initial: 2 ** 12 }),
      }),
    });
    let state = recipe.init(tensor(0), { mean: tensor(0) });
    const seen: (number | boolean)[][] = [];
    for (const x of [0.25, 30, 0.5]) {
      const [next, { skipped }] = recipe.step(state, tensor([x]));
      state = next;
      seen.push([(await skipped?.item()) ?? false, await state.modelState.mean.item()]);
    }
    expect(seen).toEqual([
      [false, 0.125],
      [true, 0.125],
      [false, 0.3125],
    ]);
    expect(state.modelState.mean.dtype).toBe("float32");
  });

  test("leaves it where gradients are not finite", async () => {
    const recipe = pretrain({
      loss: meanLoss,
      optimizer: applyIfFinite(sgd({ learningRate: 0.01 })),
    });
    let state = recipe.init(tensor(0.5), { mean: tensor(2) });
    [state] = recipe.step(state, tensor([Number.POSITIVE_INFINITY]));
    expect([await state.params.item(), await state.modelState.mean.item()]).toEqual([0.5, 2]);
    [state] = recipe.step(state, tensor([4]));
    expect(await state.modelState.mean.item()).toBe(3);
  });
});

describe("what does not fit is refused", () => {
  const optimizer = sgd({ learningRate: 0.1 });
  const giving = (state: unknown) =>
    pretrain({
      loss: (w: Tensor, x: Tensor, _context: LossContext<Mean>) => ({
        loss: w.mul(x).mean(),
        state: state as Mean,
      }),
      optimizer,
    });
  const like = (dtype: DType): unknown => ({ mean: tensor(0, { dtype }) });

  test.each<readonly [string, unknown, string]>([
    ["a tensor less", {}, "missing mean"],
    ["a tensor more", { mean: tensor(0), count: tensor(1) }, "unknown count"],
    ["another shape", { mean: tensor([0]) }, "mean is float32[1] instead of float32[]"],
    ["another dtype", like("float16"), "mean is float16[] instead of float32[]"],
  ])("a next state with %s", (_what, state, complaint) => {
    const recipe = giving(state);
    const start = recipe.init(tensor(1), { mean: tensor(0) });
    expect(() => recipe.step(start, tensor([1]))).toThrow(ArgumentError);
    expect(() => recipe.step(start, tensor([1]))).toThrow(complaint);
  });

  test("a state for a loss without one, and none for a loss with one", () => {
    const plain = pretrain({ loss: (w: Tensor, x: Tensor) => w.mul(x).mean(), optimizer });
    const stateless = plain.init(tensor(1));
    const stateful = giving(like("float32")).init(tensor(1), { mean: tensor(0) });
    expect(() => plain.step(stateful, tensor([1]))).toThrow("gives none back");
    const mixed = giving(like("float32"));
    // @ts-expect-error: the model's state is missing
    expect(() => mixed.step(stateless, tensor([1]))).toThrow("give init the model's state");
    // @ts-expect-error: a loss that gives its state needs one to start from
    expect(() => mixed.init(tensor(1))).not.toThrow();
  });

  test("models without a state are typed as before", async () => {
    const recipe = pretrain({ loss: (w: Tensor, x: Tensor) => w.mul(x).mean(), optimizer });
    const state = recipe.init(normal(key(0), []));
    // @ts-expect-error: there is none
    expect(state.modelState).toBeUndefined();
    expect(Number.isFinite(await recipe.evaluate(state.params, tensor([1])).item())).toBe(true);
  });
});
