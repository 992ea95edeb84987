import { jit, scan, type Tensor, tensor, withBackend, zeros } from "@adjoint/core";
import { afterAll, describe, expect, it } from "vitest";
import { checkFused, floats, noise } from "../support/check-fused.ts";
import { softwareBackend } from "../support/software-backend.ts";

const backend = await softwareBackend();
afterAll(() => backend.dispose());

const times = (n: number, x: Tensor, f: (x: Tensor) => Tensor): Tensor => {
  let y = x;
  for (let i = 0; i < n; i++) y = f(y);
  return y;
};

describe("long chains", () => {
  const shape = [33];

  it("of 1500 operations", () =>
    checkFused(
      backend,
      [floats(shape)],
      (x) => [times(500, x!, (y) => y.mul(0.5).add(0.25).sub(y.mul(0.1)))],
      { gradients: false },
    ));

  it("with gradients", () =>
    checkFused(backend, [floats(shape)], (x) => [times(60, x!, (y) => y.mul(y).sub(y).mul(0.4))]));

  it("of costly operations become kernels that compile soon", async () => {
    const calls = 120;
    const f = jit((x: Tensor) => times(calls, x, (y) => y.mul(1.5).sin()));
    const before = backend.runtime.counts.dispatches;
    const y = withBackend(backend, () => f(tensor(new Float32Array(noise(33)))));
    const got = await y.data();
    const want = noise(33).map((x) => {
      let v = Math.fround(x);
      for (let i = 0; i < calls; i++) v = Math.fround(Math.sin(Math.fround(v * 1.5)));
      return v;
    });
    want.forEach((x, i) => expect(got[i]).toBeCloseTo(x, 4));
    // sine costs some 25 multiplications; one kernel has values of at most 600
    const dispatches = backend.runtime.counts.dispatches - before;
    expect(dispatches).toBeGreaterThanOrEqual((calls * 25) / 600);
    expect(dispatches).toBeLessThanOrEqual((2 * calls * 25) / 600);
  });
});

describe("loops that never turn", () => {
  const step = (carry: Tensor, x: Tensor): readonly [Tensor, Tensor] => [
    carry.add(x),
    carry.mul(2),
  ];

  it("give their carry and results without elements", () =>
    checkFused(backend, [floats([3])], (x) => {
      const [last, ys] = scan(step, x!, zeros([0, 3]));
      return [last.mul(2), ys, ys.sum()];
    }));

  it("inside a loop that does", () =>
    checkFused(backend, [floats([3]), floats([4, 3], 2)], (x, xs) => {
      const outer = (carry: Tensor, y: Tensor): readonly [Tensor, Tensor] => {
        const [last, ys] = scan(step, carry.add(y), zeros([0, 3]));
        return [last, ys.sum(0).add(last)];
      };
      const [last, ys] = scan(outer, x!, xs!);
      return [last, ys];
    }));
});
