import { grad, jit, referenceBackend, tensor, type Tensor, withBackend } from "@adjoint/core";
import * as tree from "@adjoint/core/tree";
import { describe, expect, it } from "vitest";
import { onnxBackend } from "../src/backend/onnx-backend.ts";
import { Arena } from "../src/machine/arena.ts";
import { type Machine, makeMachine } from "../src/machine/machine.ts";
import { loadPublicSession } from "../src/runtime/load-session.ts";
import { noise } from "./support/check-program.ts";
import { batchOf, compiledStep, initialState, type State } from "./support/tiny-gpt.ts";

const arena = new Arena(false);
const made: (Machine | undefined)[] = [];
const backend = onnxBackend({
  isSync: false,
  load: loadPublicSession,
  machine: (folded, donated) => {
    made.push(makeMachine(folded, donated, arena, undefined));
    return made.at(-1);
  },
});

const matrix = (rows: number, columns: number, seed: number): Tensor =>
  tensor(Float32Array.from(noise(rows * columns, seed)), { shape: [rows, columns] });

const both = async (run: () => Tensor): Promise<readonly (readonly number[])[]> =>
  Promise.all(
    [backend, referenceBackend].map(async (b) => [...(await withBackend(b, run).data())]),
  );

const expectClose = (got: readonly number[], want: readonly number[], tolerance: number): void => {
  expect(got).toHaveLength(want.length);
  got.forEach((x, i) => {
    const y = want[i] ?? Number.NaN;
    expect(Math.abs(x - y), `element ${i}: ${x}, expected ${y}`).toBeLessThanOrEqual(
      tolerance * (1 + Math.abs(y)),
    );
  });
};

describe("whole programs on generated kernels", () => {
  it.each([
    [1, 1, 1],
    [6, 8, 4],
    [7, 9, 5],
    [13, 17, 33],
    [64, 65, 3],
  ])("multiply matrices, transposed or not: %i x %i x %i", async (m, n, k) => {
    const products: readonly ((s: number) => Tensor)[] = [
      (s) => jit((a: Tensor, b: Tensor) => a.matmul(b).mul(s))(matrix(m, k, 1), matrix(k, n, 2)),
      (s) =>
        jit((a: Tensor, b: Tensor) => a.transpose().mul(s).matmul(b))(
          matrix(k, m, 1),
          matrix(k, n, 2),
        ),
      (s) =>
        jit((a: Tensor, b: Tensor) => a.matmul(b.transpose()).mul(s))(
          matrix(m, k, 1),
          matrix(n, k, 2),
        ),
    ];
    for (const product of products) {
      const [got = [], want = []] = await both(() => product(0.5));
      expectClose(got, want, 1e-5);
    }
    expect(made.every((machine) => machine !== undefined)).toBe(true);
  });

  it("scale products that a derivative scales", async () => {
    const loss = (w: Tensor, x: Tensor): Tensor => x.matmul(w).sub(1).mul(0.5).pow(2).sum();
    const [got = [], want = []] = await both(() =>
      jit(grad(loss))(matrix(16, 16, 1), matrix(16, 16, 2)),
    );
    expectClose(got, want, 1e-5);
  });

  it.each([true, false])("train a GPT for 20 steps, donating: %s", async (donates) => {
    const train = async (): Promise<readonly number[]> => {
      const step = compiledStep(donates);
      let state: State = initialState(false);
      const losses: number[] = [];
      for (let i = 0; i < 20; i++) {
        const [next, loss] = step(state, ...batchOf(i), tensor(0.01));
        losses.push(Number(await loss.item()));
        state = next;
      }
      const leaves = tree.leaves(state.params) as readonly Tensor[];
      const contents = await Promise.all(leaves.map((x) => x.data()));
      return [...losses, ...contents.flatMap((data) => [...data])];
    };
    const before = made.length;
    const got = await withBackendLater(backend, train);
    const used = made.slice(before);
    const want = await withBackendLater(referenceBackend, train);
    expectClose(got.slice(0, 20), want.slice(0, 20), 1e-4);
    expectClose(got.slice(20), want.slice(20), 1e-3);
    expect(used.some((machine) => machine !== undefined)).toBe(true);
  });

  it("keep results of earlier runs when their memory moves", async () => {
    const first = withBackend(backend, () => jit((x: Tensor) => x.matmul(x))(matrix(32, 32, 1)));
    const before = [...(await first.data())];
    const wide = withBackend(backend, () =>
      jit((x: Tensor) => x.matmul(x).exp())(matrix(512, 512, 2)),
    );
    await wide.data();
    expect([...(await first.data())]).toEqual(before);
  });
});

/** Runs `body` with a backend chosen until it ends. */
async function withBackendLater<T>(
  chosen: typeof referenceBackend,
  body: () => Promise<T>,
): Promise<T> {
  const { getBackend, setBackend } = await import("@adjoint/core");
  const previous = getBackend();
  setBackend(chosen);
  try {
    return await body();
  } finally {
    setBackend(previous);
  }
}
