import { beforeAll, describe, expect, it } from "vitest";
import { matmulKernel } from "../../src/matmul/matmul-kernel.ts";
import type { MatmulSpec } from "../../src/matmul/matmul-spec.ts";
import type { MatmulVariant } from "../../src/matmul/matmul-variant.ts";
import { matmulReduceKernel } from "../../src/matmul/reduce-kernel.ts";
import { runKernel, testDevice } from "../support/run-kernel.ts";
import { noise, plainSpec, reference, worst } from "./matmul-support.ts";

let device: GPUDevice;
beforeAll(async () => {
  device = await testDevice();
});

const registers = { kind: "registers", unroll: 4, groupRows: 1, groupColumns: 4 } as const;
const tiles = {
  kind: "tiles",
  rows: 4,
  columns: 4,
  groupRows: 4,
  groupColumns: 4,
  depth: 8,
  splits: 1,
} as const;
const variants: readonly (readonly [string, MatmulVariant])[] = [
  ["registers", { ...registers, rows: 4, columns: 4, pass: false }],
  ["registers that are passed on", { ...registers, rows: 8, columns: 4, pass: true }],
  ["tiles", tiles],
  ["thin", { kind: "thin", lines: 8, slices: 8 }],
];

const floats = (buffer: ArrayBuffer | undefined) => new Float32Array(buffer ?? new ArrayBuffer());

describe("epilogue", () => {
  const c = { m: 3, n: 17, k: 30, batch: 2 };
  const a = noise(2 * 3 * 30, 1);
  const b = noise(2 * 30 * 17, 2);
  const bias = noise(17, 3);
  const expected = reference(c, a, b).map((y, i) => {
    const z = y + (bias[i % 17] ?? 0);
    return z > 0 ? z : 0.1 * z;
  });
  const plain = plainSpec(c);
  /** leaky(A B + bias), and the sum before it to a second array. */
  const spec: MatmulSpec = {
    ...plain,
    operands: [
      { name: "shift", element: "f32", access: "read" },
      { name: "before", element: "f32", access: "write" },
      ...plain.operands,
    ],
    library: "fn leaky(x: f32) -> f32 { return select(0.1 * x, x, x > 0.0); }",
    store: (at) =>
      `let shifted = ${at.value} + shift[${at.column}];
  before[(${at.batch} * 3u + ${at.row}) * 17u + ${at.column}] = shifted;
  ${plain.store({ ...at, value: "leaky(shifted)" })}`,
  };
  const [sums, out] = [new Float32Array(102), new Float32Array(102)];

  it.each(variants)("runs after a product in %s", async (_, variant) => {
    const { arrays } = await runKernel(device, matmulKernel(spec, variant), [
      a,
      b,
      bias,
      sums,
      out,
    ]);
    expect(worst(floats(arrays[4]), expected, 30)).toBeLessThan(1);
    const before = floats(arrays[3]);
    expect(
      worst(
        before.map((z) => (z > 0 ? z : 0.1 * z)),
        expected,
        30,
      ),
    ).toBeLessThan(1);
  });

  it("runs after split sums", async () => {
    const variant = { ...tiles, splits: 3 };
    const partial = await runKernel(device, matmulKernel(spec, variant), [
      a,
      b,
      new Float32Array(3 * 102),
    ]);
    const { arrays } = await runKernel(device, matmulReduceKernel(spec, variant), [
      floats(partial.arrays[2]) as Float32Array<ArrayBuffer>,
      bias,
      sums,
      out,
    ]);
    expect(worst(floats(arrays[3]), expected, 30)).toBeLessThan(1);
  });
});

describe("strides", () => {
  /** A (5, 2, 8) array read as two matrices (5, 8): rows 16 apart. B (8, 3), the same one twice. */
  const plain = plainSpec({ m: 5, n: 3, k: 8, batch: 2 });
  const spec: MatmulSpec = {
    ...plain,
    a: { ...plain.a, rowStride: 16, base: (batch) => `${batch} * 8u`, aligned: true },
    b: { ...plain.b, base: () => "0u" },
  };
  const a = noise(80, 4);
  const b = noise(24, 5);
  const expected = new Float64Array(30).map((_, i) => {
    const [p, row, column] = [Math.floor(i / 15), Math.floor(i / 3) % 5, i % 3];
    let sum = 0;
    for (let s = 0; s < 8; s++) sum += (a[row * 16 + p * 8 + s] ?? 0) * (b[s * 3 + column] ?? 0);
    return sum;
  });

  it.each(variants)("are followed in %s", async (_, variant) => {
    const { arrays } = await runKernel(device, matmulKernel(spec, variant), [
      a,
      b,
      new Float32Array(30),
    ]);
    expect(worst(floats(arrays[2]), expected, 8)).toBeLessThan(1);
  });
});

describe("integers", () => {
  const large = (length: number) =>
    Int32Array.from({ length }, (_, i) => Math.imul(i + 1, 2_654_435_761));

  it.each(variants)("wrap around in %s", async (_, variant) => {
    const spec = plainSpec({ m: 4, n: 9, k: 12, type: "i32" });
    const [a, b] = [large(48), large(108)];
    const expected = Int32Array.from({ length: 36 }, (_, i) => {
      let sum = 0;
      for (let s = 0; s < 12; s++)
        sum = (sum + Math.imul(a[Math.floor(i / 9) * 12 + s] ?? 0, b[s * 9 + (i % 9)] ?? 0)) | 0;
      return sum;
    });
    const { arrays } = await runKernel(device, matmulKernel(spec, variant), [
      a,
      b,
      new Int32Array(36),
    ]);
    expect(new Int32Array(arrays[2] ?? new ArrayBuffer())).toEqual(expected);
  });
});
