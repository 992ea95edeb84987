import { BackendError, getBackend, setBackend, tensor, type Tensor } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { gpt, gptConfig, type GptParams } from "@adjoint/nn";
import { adam, adamw, dynamicLossScale } from "@adjoint/optim";
import {
  type Batch,
  mixedPrecision,
  pretrain,
  type Recovery,
  sampleWindows,
  train,
  type TrainEvent,
  type TrainOptions,
  type TrainRecipe,
  type TrainState,
} from "@adjoint/recipes";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DeviceLostError, type Losable, losableBackend } from "./support/losable-backend.ts";
import { contentsOf, sampleState } from "./support/states.ts";

const before = getBackend();
let device: Losable;

const freshDevice = (): void => {
  device = losableBackend();
  setBackend(device.backend);
};
beforeEach(freshDevice);
afterEach(() => setBackend(before));

/** A model with moments, a count and a loss scale in its state. */
const lineRecipe = () =>
  pretrain({
    loss: (w: Tensor, x: Tensor) => w.mul(x).sub(6).cast("float32").pow(2).mean(),
    optimizer: adam({ learningRate: 0.1 }),
    precision: mixedPrecision({
      compute: "float16",
      lossScale: dynamicLossScale({ growthInterval: 3 }),
      fallback: "emulate",
    }),
  });
const batchAt = (step: number): Tensor => tensor([2, (step % 5) / 3]);

type Outcome = {
  readonly events: readonly unknown[];
  readonly final: readonly unknown[];
  readonly recoveries: readonly Recovery[];
};

const finish = async <P, B>(
  recipe: TrainRecipe<P, B>,
  initial: TrainState<P>,
  options: TrainOptions<B>,
): Promise<Outcome> => {
  const recoveries: Recovery[] = [];
  const events: unknown[] = [];
  let last: TrainEvent<P> | undefined;
  const onRecovery = (recovery: Recovery): void => void recoveries.push(recovery);
  for await (const event of train(recipe, initial, { onRecovery, ...options })) {
    const { state, ...numbers } = event;
    expect(await state.step.item()).toBe(event.step);
    events.push(numbers);
    last = event;
  }
  return { events, final: await contentsOf(last?.state), recoveries };
};

const runLine = (options: Partial<TrainOptions<Tensor>> = {}): Promise<Outcome> => {
  const recipe = lineRecipe();
  const all = { steps: 14, every: 4, batchAt, recover: device.recover, ...options };
  return finish(recipe, recipe.init(tensor([0.5, 1])), all);
};

/** The run without any loss. */
const undisturbed = async (options: Partial<TrainOptions<Tensor>> = {}): Promise<Outcome> => {
  const own = device;
  freshDevice();
  const outcome = await runLine(options);
  device = own;
  setBackend(own.backend);
  expect(outcome.recoveries).toEqual([]);
  return outcome;
};

const same = (actual: Outcome, expected: Outcome): void => {
  expect(actual.events).toEqual(expected.events);
  expect(actual.final).toEqual(expected.final);
};

describe.each([1, 3, undefined, 10])("with a snapshot every %s steps", (snapshotEvery) => {
  const own = snapshotEvery === undefined ? {} : { snapshotEvery };
  const interval = snapshotEvery ?? 4;

  test.each([1, 2, 4, 5, 9, 14])("a device lost in step %i changes nothing", async (at) => {
    const expected = await undisturbed(own);
    let armed = true;
    const outcome = await runLine({
      ...own,
      batchAt: (step) => {
        const batch = batchAt(step);
        if (armed && step === at - 1) {
          armed = false;
          device.loseAt("run", 1);
        }
        return batch;
      },
    });
    same(outcome, expected);
    const step = Math.floor((at - 1) / interval) * interval;
    expect(outcome.recoveries.map(({ lostAt, step }) => ({ lostAt, step }))).toEqual([
      { lostAt: at, step },
    ]);
    expect(outcome.recoveries[0]?.error).toBeInstanceOf(DeviceLostError);
  });
});

test("a device lost in the upload of any batch changes nothing", async () => {
  const expected = await undisturbed();
  for (let n = 1; n <= 14; n++) {
    freshDevice();
    const recipe = lineRecipe();
    const initial = recipe.init(tensor([0.5, 1]));
    device.loseAt("upload", n);
    const options = { steps: 14, every: 4, batchAt, recover: device.recover };
    const outcome = await finish(recipe, initial, options);
    same(outcome, expected);
    expect(outcome.recoveries.map(({ lostAt }) => lostAt)).toEqual([n]);
  }
});

test("a device lost in a read of metrics or of a snapshot changes nothing", async () => {
  const options = { every: 2, steps: 6, batchAt, recover: device.recover };
  const collect = async (loseAtRead: number | undefined) => {
    freshDevice();
    const recipe = lineRecipe();
    const seen: unknown[] = [];
    const initial = recipe.init(tensor([0.5, 1]));
    const recoveries: Recovery[] = [];
    const events = train(recipe, initial, {
      ...options,
      recover: device.recover,
      onRecovery: (r) => recoveries.push(r),
    });
    if (loseAtRead !== undefined) device.loseAt("read", loseAtRead);
    let last: TrainEvent<Tensor> | undefined;
    for await (const event of events) {
      const { state: _, ...numbers } = event;
      seen.push(numbers);
      last = event;
    }
    const reads = device.counts.read;
    return { seen, reads, recoveries, final: await contentsOf(last?.state) };
  };
  const plain = await collect(undefined);
  const first = 7; // leaves of the state: w, count, mu, nu, scale, goodSteps, step
  expect(plain.reads).toBe(first + 2 * (5 + first) + 5);
  await expect(collect(first)).rejects.toThrow(DeviceLostError); // nothing to go back to
  for (let n = first + 1; n <= plain.reads; n++) {
    const { seen, final, recoveries } = await collect(n);
    expect(recoveries.length, `read ${n}`).toBe(1);
    expect(seen).toEqual(plain.seen);
    expect(final).toEqual(plain.final);
  }
});

describe("recoveries", () => {
  /** Loses the device whenever a step begins that `when` names. */
  const losing = (when: (step: number) => boolean) => (step: number) => {
    const batch = batchAt(step);
    if (when(step)) device.lose();
    return batch;
  };

  test("may be many in a run that gets on", async () => {
    const expected = await undisturbed();
    const lost = new Set<number>();
    const outcome = await runLine({
      snapshotEvery: 1,
      batchAt: losing((step) => !lost.has(step) && lost.add(step).size > 0),
    });
    same(outcome, expected);
    expect(outcome.recoveries.length).toBe(14);
  });

  test.each([
    [undefined, 3],
    [0, 0],
    [5, 5],
  ])("in a row are at most %s", async (maxRecoveries, count) => {
    const run = runLine({
      batchAt: losing((step) => step === 6),
      every: 2, // the events of steps 5 and 6 do not start the count anew
      snapshotEvery: 4,
      ...(maxRecoveries === undefined ? {} : { maxRecoveries }),
    });
    await expect(run).rejects.toThrow(DeviceLostError);
    expect(device.counts.recover).toBe(count);
  });

  test("that fail in turn count", async () => {
    let tries = 0;
    const recover = async (): Promise<void> => {
      tries++;
      if (tries < 3) throw new DeviceLostError({ operation: "recover", rule: "not yet" });
      await device.recover();
    };
    const lost = new Set<number>();
    const flaky = losing((step) => step === 6 && !lost.has(step) && lost.add(step).size > 0);
    const expected = await undisturbed();
    const outcome = await runLine({ batchAt: flaky, recover });
    same(outcome, expected);
    expect(tries).toBe(3);
    expect(outcome.recoveries.length).toBe(1);
  });

  test("that fail in another way end the run", async () => {
    const run = runLine({
      batchAt: losing((step) => step === 6),
      recover: () => Promise.reject(new TypeError("no adapter")),
    });
    await expect(run).rejects.toThrow(new TypeError("no adapter"));
  });

  test("do not repeat events", async () => {
    const seen: number[] = [];
    const recipe = lineRecipe();
    let armed = true;
    for await (const { step } of train(recipe, recipe.init(tensor([0.5, 1])), {
      steps: 9,
      every: 2,
      snapshotEvery: 100,
      recover: device.recover,
      batchAt: losing((step) => step === 7 && armed && !(armed = false)),
    }))
      seen.push(step);
    expect(seen).toEqual([2, 4, 6, 8, 9]);
  });

  test("hand over the state of an aborted run", async () => {
    const controller = new AbortController();
    let armed = true;
    const outcome = await runLine({
      signal: controller.signal,
      batchAt: losing((step) => {
        if (step !== 6 || !armed) return false;
        armed = false;
        controller.abort();
        return true;
      }),
    });
    expect(outcome.events).toMatchObject([{ step: 4 }, { step: 5 }]);
  });

  test("are noticed after an event whose receiver caught the loss", async () => {
    const expected = await undisturbed();
    const recipe = lineRecipe();
    const numbers: unknown[] = [];
    let last: TrainEvent<Tensor> | undefined;
    for await (const event of train(recipe, recipe.init(tensor([0.5, 1])), {
      steps: 14,
      every: 4,
      batchAt,
      recover: device.recover,
    })) {
      const { state, ...rest } = event;
      numbers.push(rest);
      last = event;
      if (event.step !== 8) continue;
      device.lose();
      await expect(state.params.data()).rejects.toThrow(DeviceLostError);
    }
    expect(numbers).toEqual(expected.events);
    expect(await contentsOf(last?.state)).toEqual(expected.final);
  });
});

describe("without a way to recover", () => {
  test("a loss is thrown, and no state is read", async () => {
    const recipe = lineRecipe();
    const run = async () => {
      for await (const { step } of train(recipe, recipe.init(tensor([0.5, 1])), {
        steps: 9,
        every: 3,
        batchAt,
      }))
        if (step === 6) device.lose();
    };
    await expect(run()).rejects.toThrow(DeviceLostError);
    expect(device.counts.read).toBe(2 * 5); // metrics of two events
    expect(device.counts.recover).toBe(0);
  });

  test("other errors are thrown with one, too", async () => {
    const error = new BackendError({ operation: "run", rule: "no memory" });
    const run = runLine({
      batchAt: (step) => {
        if (step === 6) throw error;
        return batchAt(step);
      },
    });
    await expect(run).rejects.toBe(error);
    expect(device.counts.recover).toBe(0);
  });
});

test.each([{ snapshotEvery: 0 }, { snapshotEvery: 1.5 }, { maxRecoveries: -1 }])(
  "refuses %j",
  async (bad) => {
    await expect(runLine(bad)).rejects.toThrow("whole numbers");
  },
);

test("every kind of tensor in a state comes back bit for bit", async () => {
  type Sample = ReturnType<typeof sampleState>;
  const initial = { params: sampleState(4), optState: null, step: tensor(0, { dtype: "int32" }) };
  const expected = await contentsOf(initial.params);
  let armed = true;
  const recipe: TrainRecipe<Sample, Tensor> = {
    init: () => initial,
    evaluate: () => tensor(0),
    step: (state) => {
      if (armed) device.lose();
      armed = false;
      const metrics = { loss: tensor(1), gradNorm: tensor(1) };
      return [{ ...state, step: state.step.add(1) }, metrics];
    },
  };
  const options = { steps: 2, batchAt: () => tensor(0), recover: device.recover };
  let params: Sample | undefined;
  for await (const { state } of train(recipe, initial, options)) ({ params } = state);
  expect(device.counts.recover).toBe(1);
  expect(params).not.toBe(initial.params);
  expect(await contentsOf(params)).toEqual(expected);
});

test("a GPT ends with the parameters of a run without loss", async () => {
  const config = gptConfig({ vocabSize: 13, blockSize: 8, nLayer: 2, nHead: 2, nEmbd: 16 });
  const tokens = Int32Array.from({ length: 400 }, (_, i) => (i * i + (i >> 3)) % 13);
  const run = async (losses: readonly number[]): Promise<Outcome> => {
    freshDevice();
    const recipe = pretrain({
      loss: (params: GptParams, { inputs, targets }: Batch) =>
        gpt.loss(params, inputs, targets, config),
      optimizer: adamw({ learningRate: 1e-2, mask: gpt.decays }),
    });
    const left = new Set(losses);
    return finish(recipe, recipe.init(gpt.init(key(3), config)), {
      steps: 12,
      every: 3,
      recover: device.recover,
      batchAt: (step) => {
        const batch = sampleWindows(tokens, key(4), step, { batchSize: 3, blockSize: 8 });
        if (left.delete(step)) device.lose();
        return batch;
      },
    });
  };
  const plain = await run([]);
  const lossy = await run([1, 5, 7, 11]);
  same(lossy, plain);
  expect(lossy.recoveries.map(({ step }) => step)).toEqual([0, 3, 6, 9]);
});
