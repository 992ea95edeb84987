import { expect, it } from "vitest";
import { size } from "../src/kernel/shape-marks.ts";
import { runKernel, testDevice } from "./support/run-kernel.ts";

it("runs a kernel on the software adapter", async () => {
  const device = await testDevice();
  const code = `@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= ${size(3)}) { return; }
  y[id.x] = x[id.x] * 2.0;
}`;
  const operands = [
    { name: "x", element: "f32", access: "read" },
    { name: "y", element: "f32", access: "write" },
  ] as const;
  const kernel = { name: "double", operands, code, grid: [1, 1, 1], flops: 3, bytes: 24 } as const;
  const { arrays } = await runKernel(device, kernel, [
    Float32Array.of(1, 2, 3),
    new Float32Array(3),
  ]);
  expect([...new Float32Array(arrays[1] ?? new ArrayBuffer())]).toEqual([2, 4, 6]);
});
