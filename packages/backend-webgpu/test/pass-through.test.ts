import { jit, setBackend, tensor, type Tensor } from "@adjoint/core";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, expect, it } from "vitest";
import { createWebgpuBackend } from "../src/index.ts";
import { softwareGpu } from "./support/software-gpu.ts";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

const backend = await createWebgpuBackend({ gpu: softwareGpu() });
setBackend(backend);
afterAll(() => backend.dispose());

it("a donated input that comes out as it is keeps its contents when its old tensor is collected", async () => {
  const step = jit((x: Tensor, scale: Tensor) => [x.mul(scale), scale] as const, {
    donateArgnums: [0, 1],
  });
  let [x, scale] = [tensor([1, 2]), tensor(0.5)];
  for (let i = 0; i < 8; i++) {
    [x, scale] = step(x, scale);
    gc();
    await new Promise((resolve) => setTimeout(resolve, 5)); // finalizers run between tasks
    tensor([7]).add(1).dispose(); // takes whatever buffer was given back
  }
  expect(await scale.item()).toBe(0.5);
  expect(await x.toArray()).toEqual([1 / 256, 2 / 256]);
});
