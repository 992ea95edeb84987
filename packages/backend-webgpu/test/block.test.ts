import { expect, it } from "vitest";
import { webgpuBlock } from "../../../apps/examples/src/webgpu-block.ts";
import { softwareGpu } from "./support/software-gpu.ts";

it("a transformer block is at most 30 dispatches, forward and backward", async () => {
  const { value, gradient } = await webgpuBlock({ gpu: softwareGpu() });
  expect(value.totals.dispatches).toBeLessThanOrEqual(8);
  expect(gradient.totals.dispatches).toBeLessThanOrEqual(30);
  expect(gradient.totals.submits).toBe(1);
  expect(String(gradient)).toContain("attention_dk_dv");
});
