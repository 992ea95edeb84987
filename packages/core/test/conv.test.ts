import {
  avgPool,
  conv,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  grad,
  hessian,
  maxPool,
  type PerAxis,
  type PoolOptions,
  tensor,
  type Tensor,
  vjp,
  vmap,
} from "@adjoint/core";
import { describe, expect, it } from "vitest";
import { checkBatching, checkDerivatives, type Fn, wave } from "./support/check-derivatives.ts";
import { readFixture, type Row } from "./support/fixtures.ts";
import { type Adapter, testRows } from "./support/run-rows.ts";

const fixture = readFixture<{ readonly cases: readonly Row[] }>("conv");
type PoolSettings = PoolOptions & { readonly kernel_size: PerAxis };
type AnyConv = (x: Tensor, w: Tensor, options: never) => Tensor;
const torchConv =
  (fn: AnyConv): Adapter =>
  ([x, w], options) =>
    fn(x, w, options);

testRows(
  {
    conv1d: torchConv(conv1d),
    conv2d: torchConv(conv2d),
    conv3d: torchConv(conv3d),
    convTranspose1d: torchConv(convTranspose1d),
    convTranspose2d: torchConv(convTranspose2d),
    convTranspose3d: torchConv(convTranspose3d),
    maxPool: ([x], { kernel_size, ...options }: PoolSettings) => maxPool(x, kernel_size, options),
    avgPool: ([x], { kernel_size, ...options }: PoolSettings) => avgPool(x, kernel_size, options),
  },
  fixture.cases,
  "PyTorch",
);

type Case = readonly [name: string, f: Fn, x: readonly number[], kernel: readonly number[]];

const general: readonly Case[] = [
  ["plain", (x, w) => conv(x, w), [2, 2, 4, 3], [3, 2, 2, 2]],
  ["strides", (x, w) => conv(x, w, { strides: [2, 3], padding: 1 }), [1, 2, 5, 5], [2, 2, 3, 2]],
  ["cropping", (x, w) => conv(x, w, { padding: [[-1, 2]] }), [1, 2, 6], [2, 2, 2]],
  [
    "both dilations",
    (x, w) => conv(x, w, { lhsDilation: 3, rhsDilation: 2, strides: 2, padding: [[2, 3]] }),
    [2, 2, 4],
    [2, 2, 3],
  ],
  ["groups", (x, w) => conv(x, w, { groups: 2, strides: 2, padding: 1 }), [2, 4, 4], [6, 2, 3]],
  ["depthwise", (x, w) => conv(x, w, { groups: 3 }), [1, 3, 3, 3], [3, 1, 2, 2]],
  [
    "batch groups",
    (x, w) => conv(x, w, { batchGroups: 2, strides: 2, padding: 1 }),
    [4, 2, 5],
    [6, 2, 3],
  ],
  [
    "a kernel larger than the stride leaves",
    (x, w) => conv(x, w, { strides: 3 }),
    [1, 1, 9],
    [1, 1, 2],
  ],
  [
    "three axes",
    (x, w) => conv(x, w, { padding: "same", strides: [1, 2, 1] }),
    [1, 1, 2, 3, 2],
    [2, 1, 2, 2, 2],
  ],
  ["no spatial axes", (x, w) => conv(x, w), [2, 3], [4, 3]],
  [
    "transposed",
    (x, w) => convTranspose1d(x, w, { stride: 2, padding: 1, outputPadding: 1, groups: 2 }),
    [1, 4, 3],
    [4, 2, 3],
  ],
];

describe.each(general)("conv with %s", (_name, f, x, kernel) => {
  it("has first and second derivatives", () => checkDerivatives(f, [wave(x), wave(kernel, 1)]));
  it("batches", () => checkBatching(f, (n) => [wave(x, n), wave(kernel, n + 4)]));
});

describe("conv", () => {
  it("of a window as large as the input is a product", () => {
    const [x, w] = [wave([2, 3, 4]), wave([5, 3, 4], 1)];
    const expected = x.reshape([2, 12]).matmul(w.reshape([5, 12]).transpose());
    conv1d(x, w)
      .dataSync()
      .forEach((v, i) => expect(v).toBeCloseTo(expected.dataSync()[i] ?? Number.NaN, 13));
  });
  it("gives no output where the window does not fit; those of networks refuse it, as PyTorch does", () => {
    expect(conv(wave([1, 1, 2]), wave([1, 1, 3])).shape).toEqual([1, 1, 0]);
    expect(() => conv1d(wave([1, 1, 2]), wave([1, 1, 3]))).toThrow(
      "the kernel must fit in the padded input, got kernel [1,1,3] for [1,1,2]",
    );
    expect(() => conv2d(wave([1, 1, 3, 2]), wave([1, 1, 3, 2]), { dilation: [1, 2] })).toThrow(
      "the kernel must fit",
    );
    expect(conv1d(wave([1, 1, 2]), wave([1, 1, 3]), { padding: 1 }).shape).toEqual([1, 1, 2]);
    for (const padding of [-1, [-1], [[0, -1] as const]])
      expect(() => conv1d(wave([1, 1, 9]), wave([1, 1, 3]), { padding })).toThrow(
        "padding must not be negative",
      );
  });
  it("works on integers", () => {
    const int = (data: readonly number[]): Tensor => tensor([[[...data]]], { dtype: "int32" });
    expect(conv1d(int([1, 2, 3]), int([1, -1])).toArraySync()).toEqual([[[-1, -1]]]);
  });
  it("transposed is the derivative of the convolution", () => {
    const [x, w] = [wave([2, 2, 5, 6]), wave([3, 2, 3, 2], 1)];
    const [y, pull] = vjp((v: Tensor) => conv2d(v, w, { stride: [2, 1], padding: [1, 0] }), x);
    const ct = wave(y.shape, 2);
    const [expected] = pull(ct);
    const actual = convTranspose2d(ct, w, { stride: [2, 1], padding: [1, 0] });
    expect(actual.shape).toEqual(x.shape);
    actual
      .dataSync()
      .forEach((v, i) => expect(v).toBeCloseTo(expected.dataSync()[i] ?? Number.NaN, 12));
  });
  it.each([
    [() => conv2d(wave([1, 2, 3]), wave([1, 2, 2])), /conv2d: takes x \(N, C/],
    [() => conv1d(wave([1, 3, 4]), wave([2, 2, 2])), /x \[1,3,4\], kernel \[2,2,2\]/],
    [() => conv1d(wave([1, 2, 4]), wave([2, 2, 2]), { stride: 0 }), /stride/],
    [
      () =>
        conv1d(wave([1, 2, 4]), wave([2, 2, 2]), {
          padding: [
            [1, 2],
            [3, 4],
          ],
        }),
      /padding/,
    ],
    [() => conv1d(wave([1, 2, 4]), wave([2, 2, 2]), { groups: 1.5 }), /groups/],
    [() => convTranspose1d(wave([1, 2, 4]), wave([3, 2, 2])), /kernel \(I, O/],
    [
      () => convTranspose1d(wave([1, 2, 4]), wave([2, 2, 2]), { stride: 2, outputPadding: 2 }),
      /outputPadding/,
    ],
  ])("refuses what does not fit, case %#", (run, message) => expect(run).toThrow(message));
});

describe("pooling", () => {
  const cases: readonly (readonly [string, Fn, readonly number[]])[] = [
    ["maxPool", (x) => maxPool(x, 2, { stride: 1, padding: "same" }), [1, 2, 4, 3]],
    [
      "maxPool with dilation",
      (x) => maxPool(x, [2], { dilation: 2, stride: 1, padding: [[1, 0]] }),
      [7],
    ],
    [
      "avgPool",
      (x) => avgPool(x, [3, 2], { stride: 2, padding: 1, countIncludePad: false }),
      [2, 5, 4],
    ],
    ["avgPool with padding", (x) => avgPool(x, 2, { padding: 1 }), [1, 1, 4]],
  ];
  it.each(cases)("%s has derivatives and batches", (_name, f, shape) => {
    checkDerivatives(f, [wave(shape)]);
    checkBatching(f, (n) => [wave(shape, n)]);
  });
  it("sends the gradient to the first maximum", () => {
    const slope = grad((x: Tensor) => maxPool(x, [2, 2]).sum());
    expect(
      slope(
        tensor([
          [1, 1],
          [1, 1],
        ]),
      ).toArraySync(),
    ).toEqual([
      [1, 0],
      [0, 0],
    ]);
    expect(
      slope(
        tensor([
          [0, 3],
          [3, 3],
        ]),
      ).toArraySync(),
    ).toEqual([
      [0, 1],
      [0, 0],
    ]);
  });
  it("has second derivatives through what follows", () => {
    const f = (x: Tensor): Tensor => maxPool(x, [2]).pow(3).sum();
    expect(hessian(f)(tensor([1, 2])).toArraySync()).toEqual([
      [0, 0],
      [0, 12],
    ]);
  });
  it("keeps NaN and ignores padding", () => {
    expect(maxPool(tensor([1, Number.NaN, 0, 2]), [2]).toArraySync()).toEqual([Number.NaN, 2]);
    expect(maxPool(tensor([-3, -4]), [3], { stride: 1, padding: 1 }).toArraySync()).toEqual([
      -3, -3,
    ]);
    expect(
      maxPool(tensor([5, -7], { dtype: "int32" }), [2], { stride: 1, padding: 1 }).toArraySync(),
    ).toEqual([5, 5, -7]);
  });
  it("maps over examples without a batch axis", () => {
    expect(
      vmap((x: Tensor) => maxPool(x, [2]))(
        tensor([
          [1, 2, 4, 3],
          [5, 0, 0, 1],
        ]),
      ).toArraySync(),
    ).toEqual([
      [2, 4],
      [5, 1],
    ]);
  });
  it("refuses a window that does not fit", () => {
    expect(() => maxPool(wave([3]), [4])).toThrow(/window must fit/);
    expect(() => maxPool(wave([3, 3]), 2)).toThrow(/window/);
    expect(() => avgPool(wave([3, 3]), [0, 1])).toThrow(/at least 1/);
  });
});
