import { beforeAll, describe, expect, it } from "vitest";
import type { RegisterVariant } from "../../src/matmul/matmul-variant.ts";
import { registerKernel } from "../../src/matmul/register-kernel.ts";
import { runKernel, testDevice } from "../support/run-kernel.ts";
import type { Case } from "./matmul-support.ts";
import { noise, plainSpec, reference, worst } from "./matmul-support.ts";

let device: GPUDevice;
beforeAll(async () => {
  device = await testDevice();
});

const variant = (rows: number, columns: number, more: Partial<RegisterVariant> = {}) => ({
  kind: "registers" as const,
  rows,
  columns,
  unroll: 4,
  groupRows: 2,
  groupColumns: 4,
  pass: false,
  ...more,
});

const errorOf = async (c: Case, v: RegisterVariant): Promise<number> => {
  const { m, n, k, batch = 1 } = c;
  const a = noise(batch * m * k, 1);
  const b = noise(batch * k * n, 2);
  const { arrays } = await runKernel(device, registerKernel(plainSpec(c), v), [
    a,
    b,
    new Float32Array(batch * m * n),
  ]);
  return worst(new Float32Array(arrays[2] ?? new ArrayBuffer()), reference(c, a, b), k);
};

describe("product in registers", () => {
  for (const a of ["row", "column"] as const)
    for (const b of ["row", "column"] as const)
      for (const [m, n, k] of [
        [1, 1, 1],
        [63, 65, 130],
        [64, 20, 36],
        [12, 65, 7],
      ] as const)
        it(`${m} x ${k} by ${a}, ${k} x ${n} by ${b}`, async () => {
          const c = { m, n, k, a, b, batch: 2 };
          const pass = { groupRows: 1, pass: true };
          expect(await errorOf(c, variant(8, 4, pass))).toBeLessThan(1);
          expect(await errorOf(c, variant(4, 4, { ...pass, unroll: 2 }))).toBeLessThan(1);
          expect(await errorOf(c, variant(4, 4, { unroll: 8 }))).toBeLessThan(1);
          expect(await errorOf(c, variant(2, 1))).toBeLessThan(1);
        });
});
