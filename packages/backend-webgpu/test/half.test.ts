import { table } from "@adjoint/conformance";
import type { Tensor } from "@adjoint/core";
import { traceFlat } from "@adjoint/core/backend";
import * as tree from "@adjoint/core/tree";
import { afterAll, describe, expect, it } from "vitest";
import { createWebgpuBackend } from "../src/index.ts";
import type { WebgpuExecutable } from "../src/run/executable.ts";
import { softwareGpu } from "./support/software-gpu.ts";

// This adapter has shader-f16 and computes nothing: what is tested is that its compiler accepts every kernel.
const backend = await createWebgpuBackend({ gpu: softwareGpu("null") });
afterAll(() => backend.dispose());

it("computes in float16 itself", () => {
  expect(backend.nativeDTypes).toContain("float16");
});

describe("kernels on float16 are accepted", () => {
  for (const { name, cases } of table)
    for (const example of cases.slice(0, 1)) {
      const isFloat = example.args.some(({ dtype }) => dtype === "float32");
      if (!isFloat || example.notInHalves !== undefined) continue;
      it(`${name}: ${example.label}`, async () => {
        const avals = example.args.map(({ shape, dtype }) => ({
          shape,
          dtype: dtype === "float32" ? ("float16" as const) : dtype,
        }));
        const ir = traceFlat(
          avals,
          (xs) =>
            tree.leaves(example.run(...(xs as [Tensor, Tensor, Tensor])) as Tensor[]) as Tensor[],
        );
        const program = (backend.compile(ir) as WebgpuExecutable).loaded();
        await program.compiled();
        const refused = [...program.dispatches()].flatMap((d) => d.pipeline.failure?.message ?? []);
        expect(refused).toEqual([]);
      });
    }
});
