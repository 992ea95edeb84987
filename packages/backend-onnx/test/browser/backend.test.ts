import { createOnnxBackend } from "@adjoint/backend-onnx";
import * as A from "@adjoint/core";
import type { Tensor } from "@adjoint/core";
import { describe, expect, inject, it } from "vitest";

const backend = await createOnnxBackend({ threads: inject("wasmThreads"), eagerHostLimit: 0 });

const wave = (n: number, seed: number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.7 + seed));

/** Runs `fn` on a backend; tensors are made there. */
const on = async (
  chosen: A.Tensor extends never ? never : Parameters<typeof A.setBackend>[0],
  fn: () => Tensor,
): Promise<number[]> => [...(await A.withBackend(chosen, fn).data())];

const same = async (fn: () => Tensor): Promise<void> => {
  const [got, wanted] = [await on(backend, fn), await on(A.referenceBackend, fn)];
  expect(got.length).toBe(wanted.length);
  wanted.forEach((w, i) =>
    expect(Math.abs((got[i] ?? Number.NaN) - w)).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(w))),
  );
};

const matrix = (rows: number, columns: number, seed: number): Tensor =>
  A.fromData(wave(rows * columns, seed), [rows, columns]);

describe("the backend in a browser", () => {
  it("runs single operations, chained before they are done", () =>
    same(() =>
      matrix(8, 9, 1)
        .matmul(matrix(9, 7, 2))
        .tanh()
        .sum(0),
    ));
  it("runs compiled programs and their gradients", () =>
    same(() =>
      A.jit((x: Tensor) => A.grad((v: Tensor) => A.softmax(A.gelu(v)).mul(v).sum())(x))(
        matrix(5, 6, 3),
      ),
    ));
  it("runs control flow and parts on the host", () =>
    same(() =>
      A.jit((x: Tensor) =>
        A.cholesky(
          A.scan((c: Tensor, r: Tensor) => [c.add(A.outer(r, r)), r] as const, A.eye(4), x)[0],
        ).mul(2),
      )(matrix(3, 4, 4)),
    ));
  it("updates donated state in place, in order", async () => {
    const train = (): Tensor => {
      const step = A.jit(
        (w: Tensor, m: Tensor, x: Tensor) => {
          const g = A.grad((w: Tensor) => A.square(x.matmul(w)).mean())(w);
          const next = m.mul(0.9).add(g.mul(0.1));
          return [w.sub(next.mul(0.5)), next] as const;
        },
        { donateArgnums: [0, 1] },
      );
      let [w, m] = [matrix(128, 96, 5), A.zeros([128, 96])];
      const first = A.jit((w: Tensor) => w.sum(0));
      let seen = first(w);
      for (let i = 0; i < 5; i++) {
        [w, m] = step(w, m, matrix(16, 128, 6));
        seen = seen.add(first(w)); // asked for before the next step overwrites w
      }
      return seen.add(w.sum(0));
    };
    await same(train);
  });
  it("refuses to read at once", () =>
    A.withBackend(backend, () => {
      const y = matrix(8, 8, 1).matmul(matrix(8, 8, 2));
      expect(() => y.dataSync()).toThrow("await data()");
      return y.data();
    }));
});
