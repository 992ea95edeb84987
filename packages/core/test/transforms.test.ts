import { describe, expect, it } from "vitest";
import {
  add,
  checkpoint,
  cond,
  customJvp,
  customVjp,
  foriLoop,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  makeIr,
  map,
  mul,
  psum,
  scan,
  sin,
  stopGradient,
  switchCase,
  tensor,
  type Tensor,
  valueAndGrad,
  vjp,
  vmap,
  whileLoop,
} from "@adjoint/core";

const f64 = (data: Parameters<typeof tensor>[0]): Tensor => tensor(data, { dtype: "float64" });
const num = (x: Tensor): number => Number(x.itemSync());

describe("reverse mode", () => {
  it("differentiates to any order", () => {
    const f = (x: Tensor): Tensor => x.pow(4);
    expect(num(grad(f)(tensor(2)))).toBe(32);
    expect(num(grad(grad(f))(tensor(2)))).toBe(48);
    expect(num(grad(grad(grad(f)))(tensor(2)))).toBe(48);
  });
  it("keeps trees", () => {
    const loss = (p: { w: Tensor; b: readonly [Tensor, Tensor] }, x: Tensor): Tensor =>
      p.w.mul(x).sum().add(p.b[0]).mul(p.b[1]);
    const [v, g] = valueAndGrad(loss)(
      { w: tensor([1, 2]), b: [tensor(1), tensor(3)] },
      tensor([3, 4]),
    );
    expect(num(v)).toBe(36);
    expect(g.w.toArraySync()).toEqual([9, 12]);
    expect(num(g.b[1])).toBe(12);
  });
  it("passes aux and several argnums", () => {
    const f = (x: Tensor, y: Tensor): [Tensor, { twice: Tensor }] => [
      x.mul(y),
      { twice: x.mul(2) },
    ];
    const [[dx, dy], aux] = grad(f, { argnums: [0, 1], hasAux: true })(tensor(3), tensor(5));
    expect([num(dx), num(dy), num(aux.twice)]).toEqual([5, 3, 6]);
  });
  it("differentiates through matmul, where, max and broadcasting", () => {
    const a = f64([
      [1, 2],
      [3, 4],
    ]);
    const f = (x: Tensor): Tensor => x.matmul(a).max(0).mul(x.greater(2.5).where(x, 1)).sum();
    const g = grad(f)(a).toArraySync();
    const h = 1e-6;
    const base = [1, 2, 3, 4];
    const numeric = base.map((_, i) => {
      const at = (d: number): number =>
        num(f(f64(base.map((v, j) => (i === j ? v + d : v))).reshape([2, 2])));
      return (at(h) - at(-h)) / (2 * h);
    });
    (g as number[][]).flat().forEach((v, i) => expect(v).toBeCloseTo(numeric[i] ?? 0, 5));
  });
});

describe("composition", () => {
  it("agrees between modes", () => {
    const f = (x: Tensor): Tensor => x.sin().mul(x.exp());
    const x = f64([0.3, -0.7]);
    expect(jacfwd(f)(x).toArraySync()).toEqual(jacrev(f)(x).toArraySync());
    const h = hessian((v: Tensor) => f(v).sum())(x).toArraySync();
    const v = f64([1, 2]);
    const hv = hvp((u: Tensor) => f(u).sum(), [x], [v]).toArraySync() as number[];
    expect((h as number[][]).map((row) => (row[0] ?? 0) * 1 + (row[1] ?? 0) * 2)).toEqual(hv);
  });
  it("vmaps gradients and differentiates vmaps", () => {
    const f = (w: Tensor, x: Tensor): Tensor => w.mul(x).sin().sum();
    const w = f64([1, 2]);
    const xs = f64([
      [0.1, 0.2],
      [0.3, 0.4],
      [0.5, 0.6],
    ]);
    const perExample = vmap(grad(f), { inAxes: [null, 0] })(w, xs);
    expect(perExample.shape).toEqual([3, 2]);
    const total = grad((u: Tensor) => vmap(f, { inAxes: [null, 0] })(u, xs).sum())(w);
    const summed = perExample.sum(0).toArraySync() as number[];
    (total.toArraySync() as number[]).forEach((v, i) => expect(v).toBeCloseTo(summed[i] ?? 0, 12));
  });
  it("jits anywhere", () => {
    const f = (x: Tensor): Tensor => jit((v: Tensor) => v.mul(v).sum())(x).mul(2);
    expect(jit(grad(f))(tensor([1, 2])).toArraySync()).toEqual([4, 8]);
    expect(
      vmap(jit(grad(f)))(
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ).toArraySync(),
    ).toEqual([
      [4, 8],
      [12, 16],
    ]);
  });
  it("linearizes, pushes and pulls", () => {
    const [y, push] = linearize((x: Tensor, z: Tensor) => x.mul(z), tensor(2), tensor(5));
    expect([num(y), num(push(tensor(1), tensor(10)))]).toEqual([10, 25]);
    const [, t] = jvp(add, [tensor(1), tensor(2)], [tensor(3), tensor(4)]);
    expect(num(t as Tensor)).toBe(7);
    const [, pull] = vjp(mul, tensor(3), tensor(4));
    expect(pull(tensor(2)).map((x) => num(x as Tensor))).toEqual([8, 6]);
  });
  it("sums over named axes", () => {
    const f = (x: Tensor): Tensor => x.div(psum(x, "i"));
    const y = vmap(f, { axisName: "i" })(tensor([1, 3]));
    expect(y.toArraySync()).toEqual([0.25, 0.75]);
    const g = vmap(
      grad((x: Tensor) => psum(x.mul(x), "i")),
      { axisName: "i" },
    )(tensor([1, 3]));
    expect(g.toArraySync()).toEqual([4, 12]); // transposes to psum of ones, as in JAX
  });
  it("checkpoints, stops and customizes", () => {
    const f = (x: Tensor): Tensor => x.sin().mul(x.cos());
    const x = f64(0.4);
    expect(num(grad(checkpoint(f))(x))).toBeCloseTo(num(grad(f)(x)), 14);
    expect(num(grad(grad(checkpoint(f)))(x))).toBeCloseTo(num(grad(grad(f))(x)), 14);
    expect(vmap(grad(checkpoint(f)))(f64([0.4, 0.5])).toArraySync()).toEqual(
      vmap(grad(f))(f64([0.4, 0.5])).toArraySync(),
    );
    expect(num(grad((v: Tensor) => v.mul(stopGradient(v)))(tensor(3)))).toBe(3);
    const c = customJvp(
      (v: Tensor) => v.mul(v),
      ([v], [t]) => [v.mul(v), t.mul(v).mul(10)],
    );
    expect(num(grad(c)(tensor(2)))).toBe(20);
    expect(vmap(grad(c))(tensor([1, 2])).toArraySync()).toEqual([10, 20]);
    const d = customVjp(
      (v: Tensor) => v.mul(v),
      (v: Tensor) => [v.mul(v), v],
      (v, ct) => [ct.mul(v).mul(7)],
    );
    expect(num(grad(d)(tensor(2)))).toBe(14);
    expect(vmap(grad(d))(tensor([1, 2])).toArraySync()).toEqual([7, 14]);
    expect(num(grad(grad(d))(tensor(2)))).toBe(7);
    expect(
      num(grad((w: Tensor) => vmap((v: Tensor) => d(v.mul(w)))(tensor([1, 2])).sum())(tensor(1))),
    ).toBe(35);
  });
});

describe("control flow", () => {
  const xs = f64([0.5, 1.5, -1]);
  const loop = (w: Tensor, seq: Tensor): Tensor => {
    const [c, ys] = scan(
      (carry: Tensor, x: Tensor): [Tensor, Tensor] => [carry.mul(w).add(x.sin()), carry.mul(x)],
      f64(1),
      seq,
    );
    return c.add(ys.sum());
  };
  const unrolled = (w: Tensor, seq: Tensor): Tensor => {
    let c = f64(1);
    let s = f64(0);
    for (let i = 0; i < 3; i++) {
      const x = seq.slice([i], [i + 1]).reshape([]);
      s = s.add(c.mul(x));
      c = c.mul(w).add(x.sin());
    }
    return c.add(s);
  };
  it("scans like the unrolled loop, to second order, batched and jitted", () => {
    const w = f64(0.9);
    for (const transform of [
      (f: typeof loop) => f(w, xs),
      (f: typeof loop) => grad(f)(w, xs),
      (f: typeof loop) => grad(f, { argnums: 1 })(w, xs).sum(),
      (f: typeof loop) => grad(grad(f))(w, xs),
      (f: typeof loop) => jacfwd(grad(f, { argnums: 1 }), { argnums: 0 })(w, xs).sum(),
      (f: typeof loop) => jacfwd(grad(f))(w, xs),
      (f: typeof loop) => hessian(f, { argnums: 1 })(w, xs).abs().sum(),
      (f: typeof loop) => vmap(f, { inAxes: [0, null] })(f64([0.9, 0.5]), xs).sum(),
      (f: typeof loop) =>
        vmap(grad(f), { inAxes: [null, 0] })(
          w,
          f64([
            [1, 2, 3],
            [4, 5, 6],
          ]),
        ).sum(),
      (f: typeof loop) => jit(grad(f))(w, xs),
    ])
      expect(num(transform(loop))).toBeCloseTo(num(transform(unrolled)), 9);
  });
  it("branches", () => {
    const f = (x: Tensor): Tensor =>
      cond(
        x.greater(0),
        (v: Tensor) => v.mul(v),
        (v: Tensor) => v.mul(3).sin(),
        x,
      );
    expect(num(f(tensor(3)))).toBe(9);
    expect(num(grad(f)(tensor(3)))).toBe(6);
    expect(num(grad(f)(tensor(0)))).toBe(3);
    expect(num(grad(grad(f))(f64(2)))).toBe(2);
    expect(num(jacfwd(f)(tensor(3)))).toBe(6);
    expect(vmap(f)(tensor([3, 0])).toArraySync()).toEqual([9, 0]);
    expect(vmap(grad(f))(tensor([3, 0])).toArraySync()).toEqual([6, 3]);
    expect(num(switchCase(7, [(x: Tensor) => x, (x: Tensor) => x.mul(10)], tensor(4)))).toBe(40);
  });
  it("loops while, forward mode and batched", () => {
    const f = (x: Tensor): Tensor =>
      whileLoop(
        (v: Tensor) => v.less(100),
        (v: Tensor) => v.mul(2),
        x,
      );
    expect(num(f(tensor(3)))).toBe(192);
    expect(num(jacfwd(f)(tensor(3)))).toBe(64);
    expect(vmap(f)(tensor([3, 60, 200])).toArraySync()).toEqual([192, 120, 200]);
    expect(() => grad(f)(tensor(3))).toThrow(/reverse mode needs a known number of steps/);
    const g = (x: Tensor): Tensor => foriLoop(0, 3, (_i, v: Tensor) => v.mul(x), tensor(1));
    expect(num(grad(g)(tensor(2)))).toBe(12);
    expect(num(foriLoop(0, tensor(4), (i, v: Tensor) => v.add(i), tensor(0)))).toBe(6);
    expect(map((x: Tensor) => x.mul(x), tensor([1, 2, 3])).toArraySync()).toEqual([1, 4, 9]);
  });
  it("prints programs", () => {
    expect(makeIr((x: Tensor) => x.mul(2).sum())(tensor([1, 2])).toString()).toBe(
      "{ (a: float32[2]) =>\n  b: float32[2] = mul a 2\n  c: float32[] = sum[axes=[0]] b\n  return c }",
    );
    expect(num(sin(tensor(0)))).toBe(0);
  });
});

describe("custom rules and checkpoints inside loops", () => {
  const xs = f64([0.3, -0.8, 1.2]);
  const square = customVjp(
    (v: Tensor) => v.mul(v),
    (v: Tensor) => [v.mul(v), v],
    (v, ct) => [ct.mul(v).mul(2)],
  );
  const through =
    (fn: (x: Tensor) => Tensor) =>
    (w: Tensor): Tensor =>
      scan((c: Tensor, x: Tensor): [Tensor, null] => [fn(c.mul(w)).add(x), null], f64(0.5), xs)[0];
  it.each([
    ["customVjp", square],
    ["checkpoint", checkpoint((v: Tensor) => v.mul(v))],
  ])("%s in scan, to second order", (_name, fn) => {
    const plain = through((v) => v.mul(v));
    const w = f64(0.7);
    expect(num(grad(through(fn))(w))).toBeCloseTo(num(grad(plain)(w)), 12);
    expect(num(grad(grad(through(fn)))(w))).toBeCloseTo(num(grad(grad(plain))(w)), 12);
    expect(num(jit(grad(through(fn)))(w))).toBeCloseTo(num(grad(plain)(w)), 12);
  });
  it("branches through customVjp", () => {
    const f = (x: Tensor): Tensor => cond(x.greater(0), square, (v: Tensor) => v.mul(3), x);
    expect([num(grad(f)(tensor(2))), num(grad(f)(tensor(-2)))]).toEqual([4, 3]);
  });
  it("linearizes loops that hold checkpoints", () => {
    const [, push] = linearize(through(checkpoint((v: Tensor) => v.mul(v))), f64(0.7));
    expect(num(push(f64(1)))).toBeCloseTo(num(grad(through((v) => v.mul(v)))(f64(0.7))), 12);
  });
});

describe("jit arguments", () => {
  it("keys plain static data by value and functions by identity", () => {
    let traces = 0;
    const f = jit(
      (x: Tensor, options: { by: number; name: string }) => (traces++, x.mul(options.by)),
      { staticArgnums: [1] },
    );
    expect(num(f(tensor(2), { by: 3, name: "a" }))).toBe(6);
    expect(num(f(tensor(2), { name: "a", by: 3 }))).toBe(6);
    expect(traces).toBe(1);
    expect(num(f(tensor(2), { by: 4, name: "a" }))).toBe(8);
    expect(traces).toBe(2);
  });
  it("refuses to donate what is used twice, and keeps constants safe", () => {
    const f = jit((s: { a: Tensor; b: Tensor }) => ({ a: s.a.add(1), b: s.b.add(1) }), {
      donateArgnums: [0],
    });
    const x = tensor([1, 2]);
    expect(() => f({ a: x, b: x })).toThrow(/donated tensor may be passed once/);
    expect(x.toArraySync()).toEqual([1, 2]);
    const one = add(0, 1); // an eager scalar
    const out = f({ a: one, b: tensor(5) });
    expect([num(out.a), num(out.b)]).toEqual([2, 6]);
    expect(() => one.add(1)).toThrow(/donated/);
  });
});
