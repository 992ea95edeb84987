import {
  gelu,
  grad,
  hessian,
  layerNorm,
  logSigmoid,
  logSoftmax,
  logsumexp,
  makeIr,
  relu,
  rmsNorm,
  silu,
  softmax,
  softmaxCrossEntropy,
  softplus,
  tensor,
  type Tensor,
  valueAndGrad,
  vmap,
} from "@adjoint/core";
import { describe, expect, it } from "vitest";
import {
  checkBatching,
  checkDecomposition,
  checkDerivatives,
  type Fn,
  wave,
} from "./support/check-derivatives.ts";
import { internals } from "./support/internals.ts";

const labels = tensor([2, 0], { dtype: "int32" });

const table: Readonly<
  Record<string, { readonly f: Fn; readonly shapes: readonly (readonly number[])[] }>
> = {
  softmax: { f: (x) => softmax(x), shapes: [[2, 5]] },
  "softmax over axis 0": { f: (x) => softmax(x, 0), shapes: [[4, 3]] },
  logSoftmax: { f: (x) => logSoftmax(x), shapes: [[2, 5]] },
  "logSoftmax over axis 0": { f: (x) => logSoftmax(x, 0), shapes: [[4, 3]] },
  layerNorm: { f: (x, s, b) => layerNorm(x, s, b), shapes: [[2, 3, 4], [4], [4]] },
  rmsNorm: { f: (x, s) => rmsNorm(x, s), shapes: [[2, 3, 4], [4]] },
  gelu: { f: (x) => gelu(x), shapes: [[7]] },
  "gelu with tanh": { f: (x) => gelu(x, { approximate: "tanh" }), shapes: [[7]] },
  softmaxCrossEntropy: { f: (x) => softmaxCrossEntropy(x, labels), shapes: [[2, 5]] },
};

describe.each(Object.entries(table))("%s", (_name, { f, shapes }) => {
  const xs = shapes.map((shape, i) => wave(shape, i));
  it("has derivatives of every order", () => checkDerivatives(f, xs, 3));
  it("batches", () => checkBatching(f, (n) => shapes.map((shape, i) => wave(shape, i + 3 * n))));
  it("equals its decomposition", () => checkDecomposition(f, xs));
});

describe("layerNorm statistics", () => {
  const eqn = makeIr((x: Tensor) => layerNorm(x))(wave([2, 4])).eqns.find(
    ({ primitive }) => primitive.name === "layerNorm",
  );
  const statistics: Fn = (x, s, b) => internals(x).bind(eqn!.primitive, [x, s, b], eqn!.params);
  it("have derivatives", () =>
    checkDerivatives(statistics, [wave([2, 4]), wave([4], 1), wave([4], 2)], 2));
  it("do not lose precision far from zero", () => {
    const y = layerNorm(wave([1, 16]).cast("float32").add(10_000)).cast("float64");
    const exact = layerNorm(wave([1, 16]).cast("float32").add(10_000).cast("float64"));
    expect(Math.max(...y.sub(exact).abs().dataSync())).toBeLessThan(1e-6);
  });
});

describe("rmsNorm statistics", () => {
  const eqn = makeIr((x: Tensor) => rmsNorm(x))(wave([2, 4])).eqns.find(
    ({ primitive }) => primitive.name === "rmsNorm",
  );
  it("have derivatives", () =>
    checkDerivatives(
      (x, s) => internals(x).bind(eqn!.primitive, [x, s], eqn!.params),
      [wave([2, 4]), wave([4], 1)],
      2,
    ));
});

describe("masked rows", () => {
  const row = tensor([-Infinity, -Infinity]);
  it("give zeros or -Infinity", () => {
    expect(softmax(row).toArraySync()).toEqual([0, 0]);
    expect(logSoftmax(row).toArraySync()).toEqual([-Infinity, -Infinity]);
    expect(logsumexp(row).itemSync()).toBe(-Infinity);
  });
  it("have no NaN in first and second derivatives", () => {
    const of =
      (f: (x: Tensor) => Tensor) =>
      (x: Tensor): Tensor =>
        f(x.mul(x).neg())
          .mul(tensor([1, 2, 3]))
          .sum();
    const x = tensor([Infinity, Infinity, Infinity]);
    expect(
      grad((v: Tensor) =>
        softmax(v)
          .mul(tensor([1, 2]))
          .sum(),
      )(row).toArraySync(),
    ).toEqual([0, 0]);
    expect(grad((v: Tensor) => logsumexp(v))(row).toArraySync()).toEqual([0, 0]);
    expect(hessian((v: Tensor) => logsumexp(v))(row).toArraySync()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(
      hessian((v: Tensor) =>
        softmax(v)
          .mul(tensor([1, 2]))
          .sum(),
      )(row).toArraySync(),
    ).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(of(softmax)(x).itemSync()).toBe(0);
  });
  it("leave other entries alone", () => {
    const half = tensor([
      [0, -Infinity, 0],
      [-Infinity, -Infinity, -Infinity],
    ]);
    const [value, slope] = valueAndGrad((v: Tensor) =>
      softmax(v)
        .mul(tensor([1, 2, 3]))
        .sum(),
    )(half);
    expect(value.itemSync()).toBe(2);
    expect(slope.toArraySync()).toEqual([
      [-0.5, 0, 0.5],
      [0, 0, 0],
    ]);
  });
});

describe("softmaxCrossEntropy", () => {
  it("matches logSoftmax, and its gradient is probabilities minus one at the label", () => {
    const logits = wave([2, 5]);
    const loss = softmaxCrossEntropy(logits, labels);
    const logs = logSoftmax(logits).dataSync();
    [-(logs[2] ?? 0), -(logs[5] ?? 0)].forEach((v, i) =>
      expect(loss.dataSync()[i]).toBeCloseTo(v, 14),
    );
    const slope = grad((x: Tensor) => softmaxCrossEntropy(x, labels).sum())(logits).dataSync();
    const p = softmax(logits).dataSync();
    slope.forEach((s, i) => expect(s).toBeCloseTo((p[i] ?? 0) - (i === 2 || i === 5 ? 1 : 0), 14));
  });
  it("clamps labels, takes batched ones, refuses wrong shapes", () => {
    const logits = wave([2, 3]);
    const ends = softmaxCrossEntropy(logits, tensor([0, 2], { dtype: "int32" })).toArraySync();
    expect(softmaxCrossEntropy(logits, tensor([-7, 99], { dtype: "int32" })).toArraySync()).toEqual(
      ends,
    );
    const each = vmap(softmaxCrossEntropy, { inAxes: [null, 0] })(
      wave([3]),
      tensor([0, 1, 2], { dtype: "int32" }),
    );
    const one = softmaxCrossEntropy(wave([3]), tensor(1, { dtype: "int32" }));
    expect(each.dataSync()[1]).toBe(one.itemSync());
    expect(() => softmaxCrossEntropy(logits, tensor([[1, 2]], { dtype: "int32" }))).toThrow(
      /labels \(\.\.\.\)/,
    );
  });
});

/** torch 2.13: float64 gradients of gelu(x, approximate="tanh"). */
const torchSlopes = [
  [-20, 0],
  [-6, -7.709976012836329e-10],
  [-3, -0.011584166630969648],
  [-1, -0.08296408384578252],
  [-0.25, 0.30464590484893955],
  [0, 0.5],
  [0.5, 0.8673699035346424],
  [2, 1.0860992566236183],
  [4, 1.000335123197122],
  [8, 1],
] as const;

describe("activations", () => {
  it("softplus is smooth at 0", () => {
    checkDerivatives((x) => softplus(x), [wave([4])], 3);
    expect(
      hessian((x: Tensor) => softplus(x))(tensor(0, { dtype: "float64" })).itemSync(),
    ).toBeCloseTo(0.25, 15);
  });
  it("silu and logSigmoid have derivatives of every order", () => {
    checkDerivatives((x) => [silu(x), logSigmoid(x)], [wave([4])], 3);
  });
  it("gelu keeps its left tail", () => {
    // -10 * P(Z < -10), Z standard normal
    expect(gelu(tensor(-10, { dtype: "float64" })).itemSync()).toBeCloseTo(
      -7.619853024160527e-23,
      35,
    );
  });
  it.each(["none", "tanh"] as const)("gelu (%s) is flat or straight far away", (approximate) => {
    const slope = grad((x: Tensor) => gelu(x, { approximate }));
    for (const dtype of ["float32", "float64", "float16", "bfloat16"] as const)
      for (const far of dtype === "float16" ? [100, 6e4] : [100, 1e18, 1e30, 3e38]) {
        expect(slope(tensor(far, { dtype })).itemSync()).toBe(1);
        expect(slope(tensor(-far, { dtype })).itemSync()).toBeCloseTo(0, 15);
      }
    expect(slope(tensor(Number.NaN)).itemSync()).toBeNaN();
    expect(
      grad((x: Tensor) => slope(x.mul(1)))(tensor(1e30, { dtype: "float64" })).itemSync(),
    ).toBe(0);
  });
  it("gelu with tanh has the slopes of PyTorch", () => {
    const slope = grad((x: Tensor) => gelu(x, { approximate: "tanh" }));
    for (const [x, wanted] of torchSlopes)
      expect(slope(tensor(x, { dtype: "float64" })).itemSync()).toBeCloseTo(wanted, 13);
  });
  it("relu has slope 0 at 0", () =>
    expect(grad((x: Tensor) => relu(x))(tensor(0)).itemSync()).toBe(0));
});
