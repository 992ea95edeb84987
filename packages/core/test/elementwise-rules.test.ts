import * as core from "@adjoint/core";
import { key, uniform } from "@adjoint/core/random";
import { checkGrads } from "@adjoint/core/testing";
import { describe, expect, it } from "vitest";
import { erfcP } from "../src/primitives/erfc.ts";
import { fmaP } from "../src/primitives/fma.ts";
import { bindOne } from "../src/primitives/primitive.ts";

type Unary = (x: core.Tensor) => core.Tensor;
type Binary = (a: core.Tensor, b: core.Tensor) => core.Tensor;

const f64 = (data: core.NestedData): core.Tensor => core.tensor(data, { dtype: "float64" });
const anywhere = f64([-2.3, -0.7, 0.4, 1.6]);
const positive = f64([0.3, 0.9, 1.7, 4.2]);
const inside = f64([-0.8, -0.3, 0.2, 0.7]);
const above = f64([1.2, 1.9, 3.3, 7.1]);

const unary: readonly (readonly [string, Unary, core.Tensor])[] = [
  ["neg", core.neg, anywhere],
  ["abs", core.abs, anywhere],
  ["square", core.square, anywhere],
  ["reciprocal", core.reciprocal, positive],
  ["sqrt", core.sqrt, positive],
  ["rsqrt", core.rsqrt, positive],
  ["cbrt", core.cbrt, anywhere],
  ["exp", core.exp, anywhere],
  ["exp2", core.exp2, anywhere],
  ["expm1", core.expm1, anywhere],
  ["log", core.log, positive],
  ["log2", core.log2, positive],
  ["log10", core.log10, positive],
  ["log1p", core.log1p, inside],
  ["sin", core.sin, anywhere],
  ["cos", core.cos, anywhere],
  ["tan", core.tan, inside],
  ["asin", core.asin, inside],
  ["acos", core.acos, inside],
  ["atan", core.atan, anywhere],
  ["sinh", core.sinh, anywhere],
  ["cosh", core.cosh, anywhere],
  ["tanh", core.tanh, anywhere],
  ["asinh", core.asinh, anywhere],
  ["acosh", core.acosh, above],
  ["atanh", core.atanh, inside],
  ["sigmoid", core.sigmoid, anywhere],
  ["erf", core.erf, anywhere],
  ["erfc", core.erfc, anywhere],
  ["erfInv", core.erfInv, inside],
  ["floor", core.floor, anywhere],
  ["trunc", core.trunc, anywhere],
  ["clip", (x) => core.clip(x, -1, 1), anywhere],
  ["where", (x) => core.where(core.less(x, 0), core.square(x), core.sin(x)), anywhere],
  ["pow with a fixed exponent", (x) => core.pow(x, 3), anywhere],
  ["pow with a fixed fraction", (x) => core.pow(x, 1.5), positive],
];

const left = f64([[0.4], [1.7]]);
const right = f64([0.9, 2.3, 3.1]);
const signed = f64([-1.4, 0.6, 2.2]);

const binary: readonly (readonly [string, Binary, core.Tensor, core.Tensor])[] = [
  ["add", core.add, left, signed],
  ["sub", core.sub, left, signed],
  ["mul", core.mul, left, signed],
  ["div", core.div, left, right],
  ["pow", core.pow, left, right],
  ["maximum", core.maximum, left, signed],
  ["minimum", core.minimum, left, signed],
  ["atan2", core.atan2, left, signed],
  ["hypot", core.hypot, left, signed],
  ["logaddexp", core.logaddexp, left, signed],
  ["logaddexp2", core.logaddexp2, left, signed],
  ["remainder", core.remainder, left, right],
  ["fmod", core.fmod, left, right],
  ["copysign", core.copysign, left, signed],
];

describe("derivatives of elementwise functions", () => {
  it.each(unary)("%s", async (_name, f, x) => {
    await checkGrads(f, [x], { order: 3, rtol: 1e-4, eps: 1e-5, atol: 1e-4 });
  });

  it.each(binary)("%s", async (_name, f, a, b) => {
    await checkGrads(f, [a, b], { order: 2 });
  });

  it("fma", async () => {
    const f = (a: core.Tensor, b: core.Tensor, c: core.Tensor): core.Tensor =>
      bindOne(fmaP, [a, b, c], {});
    await checkGrads(f, [left, right, signed], { order: 2 });
  });
});

describe("elementwise functions under vmap and jit", () => {
  it.each(unary)("%s", (_name, f, x) => {
    const looped = core.stack(core.unstack(x).map(f)).toArraySync();
    expect(core.vmap(f)(x).toArraySync()).toEqual(looped);
    expect(core.jit(f)(x).toArraySync()).toEqual(looped);
  });

  it.each(binary)("%s", (_name, f, a, b) => {
    const looped = core.stack(core.unstack(a).map((row) => f(row, b)));
    expect(
      core
        .vmap(f, { inAxes: [0, null] })(a, b)
        .toArraySync(),
    ).toEqual(looped.toArraySync());
    const columns = core.stack(
      core.unstack(b).map((column) => f(a, column)),
      0,
    );
    expect(
      core
        .vmap(f, { inAxes: [null, 0] })(a, b)
        .toArraySync(),
    ).toEqual(columns.toArraySync());
    expect(core.jit(f)(a, b).toArraySync()).toEqual(f(a, b).toArraySync());
  });
});

describe("decompositions for backends without a kernel", () => {
  it("erfc keeps float32 accuracy everywhere", () => {
    const x = core.linspace(-6, 9, 4001);
    const [parts] = erfcP.decompose?.([x], {}) ?? [];
    const [actual, expected] = [parts?.dataSync() ?? [], core.erfc(x.cast("float64")).dataSync()];
    const errors = [...expected].map(
      (e, i) => Math.abs((actual[i] ?? Number.NaN) - e) / Math.max(e, 1e-30),
    );
    expect(Math.max(...errors)).toBeLessThan(5e-6);
  });

  it("fma rounds once, its parts twice", () => {
    const u = uniform(key(3), [500]);
    const operands = [u, core.asTensor(0.2), core.asTensor(-0.1)];
    const once = bindOne(fmaP, operands, {}).dataSync();
    const exact = [...u.dataSync()].map((x) =>
      Math.fround(x * Math.fround(0.2) + Math.fround(-0.1)),
    );
    expect([...once]).toEqual(exact);
    const [twice] = fmaP.decompose?.(operands, {}) ?? [];
    expect(
      [...(twice?.dataSync() ?? [])].map((x, i) => Math.abs(x - (exact[i] ?? 0)) < 1e-8),
    ).not.toContain(false);
  });
});
