import { createOnnxBackend } from "@adjoint/backend-onnx";
import { DisposedError, getBackend, setBackend, tensor, type Tensor } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { gpt, gptConfig, type GptParams } from "@adjoint/nn";
import { adamw, chain, clipByGlobalNorm, sgd, warmupCosineDecay } from "@adjoint/optim";
import {
  type Batch,
  decodeCheckpoint,
  encodeCheckpoint,
  pretrain,
  sampleWindows,
  train,
  type TrainEvent,
  type TrainState,
} from "@adjoint/recipes";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contentsOf } from "./support/states.ts";

const line = pretrain({
  loss: (w: Tensor, x: Tensor) => w.mul(x).sub(6).pow(2).mean(),
  optimizer: sgd({ learningRate: 0.1 }),
});
const start = (): TrainState<Tensor> => line.init(tensor(0));
const batchAt = (step: number): Tensor => tensor([2, step % 2]);

const collect = async <P>(events: AsyncIterable<TrainEvent<P>>): Promise<TrainEvent<P>[]> => {
  const all: TrainEvent<P>[] = [];
  for await (const event of events) all.push(event);
  return all;
};
const stepsOf = (events: readonly { readonly step: number }[]) => events.map(({ step }) => step);

describe("a step", () => {
  test("reports the loss before it and the norm of the gradient", async () => {
    const [, { loss, gradNorm }] = line.step(start(), tensor([2]));
    expect(await loss.item()).toBe(36);
    expect(await gradNorm.item()).toBe(24);
  });

  test("takes its state over and leaves the batch", async () => {
    const [state, batch] = [start(), batchAt(0)];
    line.step(state, batch);
    await expect((async () => state.params.item())()).rejects.toThrow(DisposedError);
    expect(await batch.toArray()).toEqual([2, 0]);
  });

  test("evaluate leaves the parameters as they are", async () => {
    const state = start();
    expect(await line.evaluate(state.params, tensor([2])).item()).toBe(36);
    expect(await state.params.item()).toBe(0);
  });
});

describe("train", () => {
  test("yields every few steps and at the end, with the batches of each step", async () => {
    const seen: number[] = [];
    const events = await collect(
      train(line, start(), {
        steps: 7,
        every: 3,
        batchAt: (step) => {
          seen.push(step);
          return batchAt(step);
        },
      }),
    );
    expect(stepsOf(events)).toEqual([3, 6, 7]);
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const [last] = events.slice(-1);
    expect(await last?.state.step.item()).toBe(7);
    expect(last?.loss).toBeGreaterThanOrEqual(0);
    expect(last?.gradNorm).toBeGreaterThanOrEqual(0);
  });

  test("goes on where it is told to", async () => {
    const seen: number[] = [];
    const options = {
      from: 4,
      steps: 6,
      batchAt: (step: number) => {
        seen.push(step);
        return batchAt(step);
      },
    };
    expect(stepsOf(await collect(train(line, start(), options)))).toEqual([6]);
    expect(seen).toEqual([4, 5]);
  });

  test("with nothing left to do yields nothing", async () => {
    expect(await collect(train(line, start(), { from: 5, steps: 5, batchAt }))).toEqual([]);
    expect(await collect(train(line, start(), { from: 9, steps: 5, batchAt }))).toEqual([]);
  });

  test("ends with an event after the step in which it is aborted", async () => {
    const controller = new AbortController();
    const options = {
      steps: 1000,
      every: 100,
      signal: controller.signal,
      batchAt: (step: number) => {
        if (step === 4) controller.abort();
        return batchAt(step);
      },
    };
    expect(stepsOf(await collect(train(line, start(), options)))).toEqual([5]);
  });

  test("aborted while an event is looked at, it still hands over its last state", async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    for await (const { step } of train(line, start(), {
      steps: 99,
      every: 3,
      batchAt,
      signal: controller.signal,
    })) {
      seen.push(step);
      if (step === 6) controller.abort();
    }
    expect(seen).toEqual([3, 6, 7]);
  });

  test("lets timers and signals in", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const options = { steps: 10_000_000, every: 1_000_000, batchAt, signal: controller.signal };
    const events = await collect(train(line, start(), options));
    expect(events.length).toBe(1);
    expect(events[0]?.step).toBeLessThan(1_000_000);
  });

  test("stops at a NaN, naming the step; the last good state is the one before", async () => {
    const good: number[] = [];
    const run = async () => {
      const options = {
        steps: 9,
        every: 1,
        batchAt: (s: number) => tensor([s === 3 ? Number.NaN : 2]),
      };
      for await (const { step } of train(line, start(), options)) good.push(step);
    };
    await expect(run()).rejects.toThrow("train: the loss must be a number, got NaN at step 4");
    expect(good).toEqual([1, 2, 3]);
  });

  test.each([{ from: -1 }, { steps: 1.5 }, { steps: Number.NaN }, { every: 0 }])(
    "refuses %j",
    async (bad) => {
      await expect(collect(train(line, start(), { steps: 3, batchAt, ...bad }))).rejects.toThrow(
        "whole numbers",
      );
    },
  );
});

const tokens = Int32Array.from({ length: 400 }, (_, i) => (i * i + (i >> 3)) % 13);
const steps = 12;

/** A GPT with dropout off and one that learns from stacked blocks: everything a real run has. */
const recipeOf = (scanBlocks: boolean) => {
  const config = gptConfig({
    vocabSize: 13,
    blockSize: 8,
    nLayer: 2,
    nHead: 2,
    nEmbd: 16,
    scanBlocks,
  });
  const learningRate = warmupCosineDecay({
    peak: 1e-2,
    end: 1e-3,
    warmupSteps: 3,
    decaySteps: steps,
  });
  const recipe = pretrain({
    loss: (params: GptParams, { inputs, targets }: Batch) =>
      gpt.loss(params, inputs, targets, config),
    optimizer: chain(
      clipByGlobalNorm(1),
      adamw({ learningRate, weightDecay: 0.1, mask: gpt.decays }),
    ),
  });
  return { recipe, fresh: () => recipe.init(gpt.init(key(3), config)) };
};

describe.each([
  { engine: "reference", scanBlocks: false },
  { engine: "onnx", scanBlocks: false },
  { engine: "onnx", scanBlocks: true },
])("resume on $engine, scanBlocks $scanBlocks", ({ engine, scanBlocks }) => {
  const before = getBackend();
  beforeAll(async () => setBackend(engine === "onnx" ? await createOnnxBackend() : before));
  afterAll(() => setBackend(before));

  /** Losses of steps and the state after them; a new recipe each time, as a new process has it. */
  const run = async (initial: TrainState<GptParams> | undefined, from: number, to: number) => {
    const { recipe, fresh } = recipeOf(scanBlocks);
    const options = {
      from,
      steps: to,
      every: 1,
      batchAt: (step: number) =>
        sampleWindows(tokens, key(4), step, { batchSize: 3, blockSize: 8 }),
    };
    const events = await collect(train(recipe, initial ?? fresh(), options));
    const last = events.at(-1);
    if (last === undefined) throw new Error("no step");
    return { losses: events.map(({ loss, gradNorm }) => [loss, gradNorm]), state: last.state };
  };

  test.each([1, steps / 2, steps - 1])("after %i steps goes on bit for bit", async (half) => {
    const whole = await run(undefined, 0, steps);
    const first = await run(undefined, 0, half);
    const bytes = await encodeCheckpoint(first.state);
    const { state } = decodeCheckpoint(bytes, recipeOf(scanBlocks).fresh());
    const second = await run(state, half, steps);
    expect([...first.losses, ...second.losses]).toEqual(whole.losses);
    expect(await contentsOf(second.state)).toEqual(await contentsOf(whole.state));
    expect(await second.state.step.item()).toBe(steps);
    expect(await encodeCheckpoint(second.state)).toEqual(await encodeCheckpoint(whole.state));
  });

  test("a checkpoint does not change the run that it was taken from", async () => {
    const plain = await run(undefined, 0, 6);
    const half = await run(undefined, 0, 3);
    await encodeCheckpoint(half.state);
    const rest = await run(half.state, 3, 6);
    expect(await contentsOf(rest.state)).toEqual(await contentsOf(plain.state));
  });
});
