import { jit, referenceBackend, setBackend, type Tensor, tensor, withBackend } from "@adjoint/core";
import type { GptOptions } from "@adjoint/nn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { softwareBackend } from "./support/software-backend.ts";
import { contentsOf, type Training, trainingOf } from "./support/tiny-training.ts";

const backend = await softwareBackend();
afterAll(() => backend.dispose());

const steps = 30;
const sizes: GptOptions = { vocabSize: 23, blockSize: 8, nLayer: 2, nHead: 2, nEmbd: 16 };

/** What a training went through: the loss of every step, and all parameters at its end. */
type Course = { readonly losses: readonly number[]; readonly params: readonly number[] };

const train = async ({ recipe, params, batch }: Training, first = 0): Promise<Course> => {
  let state = recipe.init(params());
  const losses: Tensor[] = [];
  for (let i = 0; i < steps; i++) {
    const [next, metrics] = recipe.step(state, batch(first + i));
    losses.push(metrics.loss);
    state = next;
  }
  return { losses: await contentsOf(losses), params: await contentsOf(state.params) };
};

const trainKeeping = async ({ keeping, params, batch, optimizer }: Training): Promise<Course> => {
  let now = params();
  let state = optimizer.init(now);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const [next, nextState, loss] = keeping(now, state, batch(i));
    losses.push(Number(await loss.item()));
    [now, state] = [next, nextState];
  }
  return { losses, params: await contentsOf(now) };
};

/** Largest difference, relative to numbers larger than `floor`. */
const worst = (got: readonly number[], want: readonly number[], floor = 0): number => {
  expect(got).toHaveLength(want.length);
  return Math.max(
    ...got.map((x, i) => Math.abs(x - want[i]!) / Math.max(Math.abs(want[i]!), floor)),
  );
};

const expectSame = (got: Course, want: Course): void => {
  expect(worst(got.losses, want.losses)).toBeLessThan(1e-4);
  // Adam divides by the root of tiny second moments: weights amplify roundings, losses do not
  expect(worst(got.params, want.params, 1)).toBeLessThan(1e-3);
};

describe.each([
  { scanBlocks: false, useBias: false },
  { scanBlocks: false, useBias: true, tiedHead: false, activation: "geluTanh" },
  { scanBlocks: true, useBias: false },
] satisfies readonly Partial<GptOptions>[])("training a GPT: %o", (options) => {
  const training = trainingOf({ ...sizes, ...options }, 3);
  let reference: Course;
  beforeAll(async () => {
    setBackend(referenceBackend);
    reference = await train(training);
    setBackend(backend);
  }, 120_000);

  it("follows the reference backend for 30 steps", async () => {
    expectSame(await train(training), reference);
  });

  it("follows it when each step leaves its state", async () => {
    expectSame(await trainKeeping(training), reference);
  });
});

describe("a state", () => {
  const training = trainingOf(sizes, 3);
  const { recipe, keeping, params, batch, optimizer } = training;
  beforeAll(() => setBackend(backend));

  it("stays while training goes on from it", async () => {
    const start = params();
    const [first, state] = keeping(start, optimizer.init(start), batch(0));
    const before = await contentsOf([first, state]);
    let [next, nextState] = keeping(first, state, batch(1));
    const after = await contentsOf(next);
    for (let i = 2; i < 5; i++) [next, nextState] = keeping(next, nextState, batch(i));
    expect(await contentsOf([first, state])).toEqual(before);
    expect(await contentsOf(next)).not.toEqual(after);
  });

  it("goes through one compiled step in turns with another", async () => {
    const run = async (first: number): Promise<readonly number[]> => {
      let state = recipe.init(params());
      for (let i = 0; i < 4; i++) [state] = recipe.step(state, batch(first + i));
      return contentsOf(state);
    };
    const want = [await run(0), await run(100)];
    let [a, b] = [recipe.init(params()), recipe.init(params())];
    for (let i = 0; i < 4; i++) {
      [a] = recipe.step(a, batch(i));
      [b] = recipe.step(b, batch(100 + i));
    }
    expect([await contentsOf(a), await contentsOf(b)]).toEqual(want);
  });

  it("leaves results that later steps do not change", async () => {
    let state = recipe.init(params());
    const losses: Tensor[] = [];
    const views: Tensor[] = [];
    for (let i = 0; i < 3; i++) {
      const [next, metrics] = recipe.step(state, batch(i));
      losses.push(metrics.loss);
      views.push(next.params.wte.table.reshape([-1])); // read from the state that is donated next
      state = next;
    }
    const [first, second, third] = await Promise.all(views.map((x) => contentsOf(x)));
    expect(first).not.toEqual(second);
    expect(third).toEqual(await contentsOf(state.params.wte));
    expect(new Set(await contentsOf(losses)).size).toBe(3);
  });

  it("may hold one storage in several places, and swap its parts", async () => {
    type Parts = { readonly a: Tensor; readonly b: Tensor; readonly c: Tensor };
    const mix = jit(
      ({ a, b, c }: Parts): Parts => ({ a: a.mul(0.5).add(b), b: b.sub(c), c: c.add(1) }),
      { donateArgnums: [0] },
    );
    const run = async (isShared: boolean): Promise<readonly number[]> => {
      const a = tensor([1, 2, 3]);
      const again = (): Tensor => (isShared ? a.reshape([1, 3]).reshape([3]) : tensor([1, 2, 3]));
      let state: Parts = { a, b: again(), c: again() };
      for (let i = 0; i < 7; i++) {
        const { a, b, c } = mix(state) as Parts;
        state = i % 2 === 0 ? { a: b, b: c, c: a } : { a, b: c, c: b };
      }
      return contentsOf(state);
    };
    const want = await withBackend(referenceBackend, () => run(false)); // computes before it first waits
    expect(await run(false)).toEqual(want);
    expect(await run(true)).toEqual(want);
  });

  it("passes through unchanged, and twice", async () => {
    const pass = jit((x: Tensor, y: Tensor) => [x, x.add(y), x, y] as const, {
      donateArgnums: [0],
    });
    const y = tensor([10, 20]);
    const results = pass(tensor([1, 2]), y) as unknown as readonly Tensor[];
    expect(await contentsOf(results)).toEqual([1, 2, 11, 22, 1, 2, 10, 20]);
    const [, , kept] = results;
    results[0]?.dispose();
    y.dispose();
    expect(await contentsOf([kept, results[3]])).toEqual([1, 2, 10, 20]);
  });
});
