import { beforeAll, describe, expect, it } from "vitest";
import type { ThinVariant } from "../../src/matmul/matmul-variant.ts";
import { thinKernel } from "../../src/matmul/thin-kernel.ts";
import { runKernel, testDevice } from "../support/run-kernel.ts";
import type { Case } from "./matmul-support.ts";
import { noise, plainSpec, reference, worst } from "./matmul-support.ts";

let device: GPUDevice;
beforeAll(async () => {
  device = await testDevice();
});

const errorOf = async (c: Case, v: ThinVariant): Promise<number> => {
  const { m, n, k, batch = 1 } = c;
  const a = noise(batch * m * k, 1);
  const b = noise(batch * k * n, 2);
  const { arrays } = await runKernel(device, thinKernel(plainSpec(c), v), [
    a,
    b,
    new Float32Array(batch * m * n),
  ]);
  return worst(new Float32Array(arrays[2] ?? new ArrayBuffer()), reference(c, a, b), k);
};

describe("matrix times few vectors", () => {
  for (const a of ["row", "column"] as const)
    for (const b of ["row", "column"] as const)
      for (const [m, n, k] of [
        [1, 65, 130],
        [3, 64, 36],
        [63, 1, 65],
        [64, 1, 64],
        [64, 4, 20],
        [1, 1, 1000],
      ] as const)
        it(`${m} x ${k} by ${a}, ${k} x ${n} by ${b}`, async () => {
          const c = { m, n, k, a, b, batch: 2 };
          expect(await errorOf(c, { kind: "thin", lines: 4, slices: 16 })).toBeLessThan(1);
          expect(await errorOf(c, { kind: "thin", lines: 16, slices: 1 })).toBeLessThan(1);
        });
});
