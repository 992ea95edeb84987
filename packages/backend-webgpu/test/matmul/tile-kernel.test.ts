import { beforeAll, describe, expect, it } from "vitest";
import type { TileVariant } from "../../src/matmul/matmul-variant.ts";
import { matmulReduceKernel } from "../../src/matmul/reduce-kernel.ts";
import { splitsOf, tileKernel } from "../../src/matmul/tile-kernel.ts";
import { runKernel, testDevice } from "../support/run-kernel.ts";
import type { Case } from "./matmul-support.ts";
import { noise, plainSpec, reference, worst } from "./matmul-support.ts";

let device: GPUDevice;
beforeAll(async () => {
  device = await testDevice();
});

const small: TileVariant = {
  kind: "tiles",
  rows: 4,
  columns: 4,
  groupRows: 4,
  groupColumns: 8,
  depth: 8,
  splits: 1,
};
const wide: TileVariant = { ...small, rows: 8, groupRows: 8, depth: 16 };

const productOf = async (
  c: Case,
  v: TileVariant,
  a: Float32Array<ArrayBuffer>,
  b: Float32Array<ArrayBuffer>,
): Promise<Float32Array> => {
  const { m, n, batch = 1 } = c;
  const spec = plainSpec(c);
  const splits = splitsOf(spec, v);
  const out = new Float32Array(batch * m * n);
  const sums = new Float32Array(splits * out.length);
  const { arrays } = await runKernel(device, tileKernel(spec, v), [a, b, sums]);
  const partials = new Float32Array(arrays[2] ?? new ArrayBuffer());
  if (splits === 1) return partials;
  const reduced = await runKernel(device, matmulReduceKernel(spec, v), [partials, out]);
  return new Float32Array(reduced.arrays[1] ?? new ArrayBuffer());
};

const errorOf = async (c: Case, v: TileVariant): Promise<number> => {
  const { m, n, k, batch = 1 } = c;
  const a = noise(batch * m * k, 1);
  const b = noise(batch * k * n, 2);
  return worst(await productOf(c, v, a, b), reference(c, a, b), k);
};

describe("product in tiles", () => {
  for (const a of ["row", "column"] as const)
    for (const b of ["row", "column"] as const)
      for (const [m, n, k] of [
        [3, 17, 65],
        [64, 20, 36],
      ] as const)
        it(`${m} x ${k} by ${a}, ${k} x ${n} by ${b}`, async () => {
          expect(await errorOf({ m, n, k, a, b }, small)).toBeLessThan(1);
          expect(await errorOf({ m, n, k, a, b, batch: 2 }, { ...small, splits: 3 })).toBeLessThan(
            1,
          );
        });

  it("holds more rows than columns", async () => {
    expect(await errorOf({ m: 130, n: 63, k: 130 }, wide)).toBeLessThan(1);
    expect(await errorOf({ m: 128, n: 64, k: 32, b: "column" }, wide)).toBeLessThan(1);
  });
});
