import * as A from "@adjoint/core";
import type { Tensor } from "@adjoint/core";
import { describe, expect, it } from "vitest";
import { noise, testBackend } from "./support/check-program.ts";

const n = 96;
type State = { readonly w: Tensor; readonly m: Tensor; readonly v: Tensor; readonly t: Tensor };

const make = (): State => {
  const data = (seed: number): Tensor => A.fromData(Float32Array.from(noise(n * n, seed)), [n, n]);
  return { w: data(1), m: data(2).mul(0), v: data(3).mul(0), t: A.tensor(0, { dtype: "int32" }) };
};

/** Adam with clipping on a small regression: gradients from the graph, everything else in kernels. */
const step = ({ w, m, v, t }: State, x: Tensor): readonly [State, Tensor] => {
  const [loss, g] = A.valueAndGrad((w: Tensor) => A.square(A.tanh(x.matmul(w)).sub(0.3)).mean())(w);
  const norm = A.sqrt(A.square(g).sum());
  const clipped = g.mul(A.where(norm.greater(0.01), A.div(0.01, norm), 1));
  const nextM = m.mul(0.9).add(clipped.mul(0.1));
  const nextV = v.mul(0.99).add(A.square(clipped).mul(0.01));
  const nextT = t.add(1);
  const scale = A.sub(1, A.pow(0.9, nextT.cast("float32")));
  const update = nextM.div(scale).div(A.sqrt(nextV).add(1e-8)).add(w.mul(0.1));
  return [{ w: w.sub(update.mul(0.01)), m: nextM, v: nextV, t: nextT }, loss];
};

const inputs = (): Tensor =>
  A.fromData(
    Float32Array.from(noise(8 * n, 9), (x) => x * 0.05),
    [8, n],
  );

/** Contents of all parts of the state after some steps, and the losses on the way. */
const run = (jitted: typeof step, steps: number): readonly (readonly number[])[] => {
  let state = make();
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const [next, loss] = jitted(state, inputs());
    state = next;
    losses.push(Number(loss.itemSync()));
  }
  return [losses, ...[state.w, state.m, state.v, state.t].map((x) => [...x.dataSync()])];
};

const close = (got: readonly number[], wanted: readonly number[], tolerance = 1e-5): void =>
  wanted.forEach((w, i) =>
    expect(
      Math.abs((got[i] ?? Number.NaN) - w),
      `element ${i}: ${got[i]} ${w}`,
    ).toBeLessThanOrEqual(tolerance * (1 + Math.abs(w))),
  );

describe("state between steps", () => {
  it("follows the reference over 30 steps, donated or not", async () => {
    const onnx = await testBackend();
    const wanted = run(A.jit(step) as typeof step, 30);
    const kept = A.withBackend(onnx, () => run(A.jit(step) as typeof step, 30));
    const donated = A.withBackend(onnx, () =>
      run(A.jit(step, { donateArgnums: [0] }) as typeof step, 30),
    );
    wanted.forEach((w, i) => {
      // Adam divides by the root of tiny second moments: weights amplify roundings, losses do not
      close(kept[i] ?? [], w, i === 0 ? 1e-4 : 5e-4);
      close(donated[i] ?? [], w, i === 0 ? 1e-4 : 5e-4);
    });
  });
  it("keeps what somebody still holds", async () => {
    A.withBackend(await testBackend(), () => {
      const jitted = A.jit(step, { donateArgnums: [0] }) as typeof step;
      const branch = A.jit(step) as typeof step;
      const [first] = jitted(make(), inputs());
      const [second] = jitted(make(), inputs()); // wants the place of the first
      expect([...first.w.dataSync()]).toEqual([...second.w.dataSync()]);
      const before = [...first.w.dataSync()];
      const [third] = branch(first, inputs()); // not donated: the first stays
      expect([...first.w.dataSync()]).toEqual(before);
      const [fourth] = jitted(first, inputs());
      close([...fourth.w.dataSync()], [...third.w.dataSync()], 5e-4);
      expect(() => first.w.dataSync()).toThrow("donated");
      expect([...second.w.dataSync()]).toEqual(before);
    });
  });
  it("takes a state whose parts changed places", async () => {
    const mix = ({ a, b, c }: Parts): Parts => ({
      a: a.mul(0.5).add(b),
      b: b.mul(-0.25).add(c),
      c: c.add(1),
    });
    type Parts = { readonly a: Tensor; readonly b: Tensor; readonly c: Tensor };
    const turn = (jitted: typeof mix): readonly number[] => {
      let state: Parts = { a: make().w, b: make().w.mul(2), c: make().w.mul(3) };
      for (let i = 0; i < 7; i++) {
        const { a, b, c } = jitted(state);
        state = i % 2 === 0 ? { a: b, b: c, c: a } : { a, b: c, c: b };
      }
      return [state.a, state.b, state.c].flatMap((x) => [...x.dataSync()]);
    };
    const wanted = turn(A.jit(mix) as typeof mix);
    close(
      A.withBackend(await testBackend(), () =>
        turn(A.jit(mix, { donateArgnums: [0] }) as typeof mix),
      ),
      wanted,
    );
  });
  it("passes a state through unchanged and shared", async () => {
    A.withBackend(await testBackend(), () => {
      const f = A.jit(
        (s: State, x: Tensor) => [s.w, s.w.add(x), s.m, { ...s, v: s.v.add(1) }] as const,
        { donateArgnums: [0] },
      );
      const [w, sum, , rest] = f(make(), A.ones([n, n]));
      expect([...w.dataSync().slice(0, 3)]).toEqual([...rest.w.dataSync().slice(0, 3)]);
      expect(sum.dataSync()[5]).toBeCloseTo((w.dataSync()[5] ?? 0) + 1, 5);
    });
  });
  it("reuses memory: a long run holds no more than a short one", async () => {
    const onnx = await testBackend();
    A.withBackend(onnx, () => {
      const jitted = A.jit(step, { donateArgnums: [0] }) as typeof step;
      let [state] = jitted(make(), inputs());
      const x = inputs();
      const held = A.memory().backends["onnx"]?.tensors ?? 0;
      for (let i = 0; i < 20; i++) {
        const [next, loss] = jitted(state, x);
        loss.dispose();
        state = next;
      }
      expect(A.memory().backends["onnx"]?.tensors ?? 0).toBeLessThanOrEqual(held);
    });
  });
});
