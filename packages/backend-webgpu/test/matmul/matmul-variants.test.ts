import { beforeAll, describe, expect, it } from "vitest";
import { moduleOf } from "../../src/kernel/declare.ts";
import type { Kernel } from "../../src/kernel/kernel.ts";
import { withoutNumbers } from "../../src/kernel/shape-marks.ts";
import type { MatmulProfile } from "../../src/matmul/matmul-profile.ts";
import { matmulKernel } from "../../src/matmul/matmul-kernel.ts";
import type { MatmulVariant } from "../../src/matmul/matmul-variant.ts";
import { matmulVariants } from "../../src/matmul/matmul-variants.ts";
import { matmulReduceKernel } from "../../src/matmul/reduce-kernel.ts";
import { splitsOf } from "../../src/matmul/tile-kernel.ts";
import { pipelineOf, testDevice } from "../support/run-kernel.ts";
import type { Case } from "./matmul-support.ts";
import { plainSpec } from "./matmul-support.ts";

let device: GPUDevice;
beforeAll(async () => {
  device = await testDevice("null");
});

const gpu: MatmulProfile = {
  isSoftware: false,
  workgroupStorage: 32_768,
  subgroups: true,
};
const software: MatmulProfile = { ...gpu, isSoftware: true };

/** A GPT step, and shapes that are awkward. */
const cases: readonly Case[] = [
  { m: 768, n: 128, k: 384 },
  { m: 128, n: 384, k: 768, a: "column" },
  { m: 768, n: 384, k: 128, b: "column" },
  { m: 768, n: 65, k: 128 },
  { m: 64, n: 64, k: 32, batch: 48, b: "column" },
  { m: 2048, n: 2048, k: 2048 },
  { m: 1, n: 1000, k: 1000 },
  { m: 1000, n: 1, k: 65 },
  { m: 3, n: 17, k: 1, b: "column" },
  { m: 1, n: 1, k: 1_000_000 },
  { m: 2, n: 63, k: 130, a: "column", b: "column" },
];

const kernelsOf = (c: Case, variant: MatmulVariant): readonly Kernel[] => {
  const spec = plainSpec(c);
  const first = matmulKernel(spec, variant);
  return variant.kind === "tiles" && splitsOf(spec, variant) > 1
    ? [first, matmulReduceKernel(spec, variant)]
    : [first];
};

describe("variants", () => {
  for (const [name, profile] of [
    ["GPU", gpu],
    ["software", software],
    ["software without subgroups", { ...software, subgroups: false }],
  ] as const)
    it(`for a ${name} compile within the limits, in f32 and mixed with f16`, async () => {
      for (const c of cases)
        for (const half of [{}, { halfA: true }, { halfA: true, halfB: true }])
          for (const variant of matmulVariants(plainSpec(c), profile))
            for (const kernel of kernelsOf({ ...c, ...half }, variant)) {
              await pipelineOf(device, kernel);
              expect(Math.max(...kernel.grid)).toBeLessThan(65_536);
            }
    });

  it("share a text between shapes, which compiles with numbers from a buffer", async () => {
    for (const profile of [gpu, software]) {
      const textOf = (c: Case) =>
        matmulVariants(plainSpec(c), profile)
          .slice(0, 1)
          .flatMap((variant) => kernelsOf(c, variant))
          .map((kernel) => withoutNumbers(moduleOf(kernel)));
      const texts = textOf({ m: 768, n: 128, k: 384 });
      expect(textOf({ m: 896, n: 160, k: 416 }).map(({ code }) => code)).toEqual(
        texts.map(({ code }) => code),
      );
      for (const { code, numbers } of texts) {
        const length = Math.ceil(numbers.length / 4);
        const shape = `@group(1) @binding(0) var<uniform> shape: array<vec4<u32>, ${length}>;`;
        const module = device.createShaderModule({ code: `${code}\n${shape}` });
        expect((await module.getCompilationInfo()).messages).toEqual([]);
      }
    }
  });

  it("splits a long sum for a GPU", () => {
    const [first] = matmulVariants(plainSpec({ m: 128, n: 128, k: 8192, a: "column" }), gpu);
    expect(first).toMatchObject({ kind: "tiles" });
    expect(first?.kind === "tiles" && first.splits).toBeGreaterThan(4);
  });

  it("multiplies a matrix by a vector without tiles", () => {
    const [first] = matmulVariants(plainSpec({ m: 1, n: 4096, k: 4096 }), gpu);
    expect(first?.kind).toBe("thin");
  });

  it("takes large tiles where there are enough of them", () => {
    const [first] = matmulVariants(plainSpec({ m: 4096, n: 4096, k: 4096 }), gpu);
    expect(first).toMatchObject({ kind: "tiles", rows: 8, columns: 8, splits: 1 });
  });
});
