import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  fromData,
  jit,
  memory,
  referenceBackend,
  setBackend,
  tensor,
  type Tensor,
  withBackend,
} from "@adjoint/core";
import type { GptOptions } from "@adjoint/nn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { softwareBackend } from "./support/software-backend.ts";
import { contentsOf, trainingOf } from "./support/tiny-training.ts";

const backend = await softwareBackend();
beforeAll(() => setBackend(backend));
afterAll(() => backend.dispose());

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 0);
  });

/** Collects garbage until what waits for it, which needs turns of the event loop, has run. */
const collect = async (): Promise<void> => {
  for (let i = 0; i < 4; i++) {
    gc();
    await turn();
  }
};

/** What is held after garbage is gone. */
type Held = {
  readonly gpu: number;
  readonly allocated: number;
  readonly heap: number;
  readonly tensors: number;
};

const held = async (): Promise<Held> => {
  await collect();
  const { bytesUsed: gpu, bytesAllocated: allocated } = backend.device.buffers;
  const tensors = memory().backends[backend.name]?.tensors ?? 0;
  return { gpu, allocated, heap: process.memoryUsage().heapUsed, tensors };
};

const steps = 2000;
const warmUp = 400;
const kibibyte = 1024;

/** Reads every fiftieth result, and lets go of all. */
const readSome = async (loss: Tensor, index: number): Promise<void> => {
  if (index % 50 === 0) expect(Number.isFinite(await loss.item())).toBe(true);
};

/** The least of each, which is what is held when the collector left nothing. */
const least = (all: readonly Held[]): Held => {
  const of = (key: keyof Held): number => Math.min(...all.map((one) => one[key]));
  return { gpu: of("gpu"), allocated: of("allocated"), heap: of("heap"), tensors: of("tensors") };
};

/** Runs steps, reading every fiftieth result, and compares what is held at the end with what was after the warm-up. */
const expectFlat = async (step: (index: number) => Tensor): Promise<void> => {
  const all: Held[] = [];
  for (let i = 1; i <= steps; i++) {
    await readSome(step(i), i);
    if (i >= warmUp && i % 200 === 0) all.push(await held());
  }
  const [first, last] = [least(all.slice(0, 3)), least(all.slice(-3))];
  expect(last.tensors).toBe(first.tensors);
  expect(last.gpu).toBe(first.gpu);
  expect(last.heap - first.heap).toBeLessThan(300 * kibibyte); // 300 bytes a step would be more
  expect(last.allocated).toBeLessThan(2 * first.allocated + 1024 * kibibyte); // what the collector comes to late
};

const sizes: GptOptions = { vocabSize: 7, blockSize: 4, nLayer: 1, nHead: 2, nEmbd: 4 };

describe(`${steps} steps that dispose of nothing`, () => {
  it("hold as much as few, donated", async () => {
    const { recipe, params, batch } = trainingOf(sizes, 2);
    const before = (await held()).tensors;
    let state: ReturnType<typeof recipe.init> | undefined = recipe.init(params());
    const data = batch(0);
    await expectFlat(() => {
      const [next, { loss }] = recipe.step(state!, data);
      state = next;
      return loss;
    });
    await contentsOf(state);
    state = undefined;
    for (const x of data) x.dispose();
    expect((await held()).tensors).toBe(before);
  }, 240_000);

  it("hold as much as few, when each leaves its state and has a batch and a number of its own", async () => {
    const { keeping, params, optimizer } = trainingOf(sizes, 2);
    const ids = (i: number): Tensor =>
      tensor(
        Int32Array.from({ length: 8 }, (_, j) => (i * j) % 7),
        { shape: [2, 4] },
      );
    const before = (await held()).tensors;
    let parts: ReturnType<typeof keeping> | undefined;
    await expectFlat((i) => {
      const now = parts?.[0] ?? params();
      parts = keeping(now, parts?.[1] ?? optimizer.init(now), [ids(i), ids(i + 1)]);
      return parts[2].mul(tensor(1 / i));
    });
    parts = undefined;
    expect((await held()).tensors).toBe(before);
  }, 240_000);
});

describe(`${steps} operations`, () => {
  it("hold as much as few, when their constants are JavaScript's numbers", async () => {
    const x = tensor([1, 2, 3]);
    await expectFlat((i) =>
      x
        .mul(2.5)
        .add(i % 7)
        .sum(),
    );
  }, 120_000);

  it("hold as much as few, when each is another program", async () => {
    const x = tensor([1, 2, 3]);
    const table = Float32Array.from({ length: 300 }, (_, i) => i);
    await expectFlat(() => {
      const program = jit((y: Tensor) =>
        y
          .add(fromData(table, [100, 3]))
          .mul(2)
          .sum(),
      );
      return program(x) as unknown as Tensor;
    });
  }, 120_000);

  it("hold as much as few, when their operands come from another backend", async () => {
    const x = withBackend(referenceBackend, () => tensor([1, 2, 3]).add(1));
    const double = jit((y: Tensor) => y.mul(2).sum());
    await expectFlat(() => double(x) as unknown as Tensor);
  }, 120_000);
});

describe("memory", () => {
  it("comes back with dispose at once, and after programs are gone", async () => {
    const before = await held();
    const x = tensor([1, 2, 3]);
    const y = x.mul(2);
    expect(memory().backends[backend.name]?.tensors).toBe(before.tensors + 2);
    expect(await contentsOf(y)).toEqual([2, 4, 6]);
    x.dispose();
    y.dispose();
    expect(memory().backends[backend.name]?.tensors).toBe(before.tensors);
  });
});
