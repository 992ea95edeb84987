import { type CompileProgress, createWebgpuBackend } from "@adjoint/backend-webgpu";
import { jit, matmul, ones, softmax, type Tensor, withBackend } from "@adjoint/core";
import { expect, it } from "vitest";
import { softwareGpu } from "../support/software-gpu.ts";

it("tells of each shader once when it has become ready", async () => {
  const said: CompileProgress[] = [];
  const backend = await createWebgpuBackend({
    gpu: softwareGpu(),
    onCompile: (progress) => void said.push(progress),
  });
  const scores = jit((x: Tensor, w: Tensor) => softmax(matmul(x, w)));
  const once = () => withBackend(backend, () => scores(ones([3, 5]), ones([5, 7]))).data();
  await once();
  await once();
  expect(said.map(({ done, total }) => [done, total])).toEqual([
    [1, 2],
    [2, 2],
  ]);
  expect(said.map(({ name }) => name).sort()).toEqual(["matmul", "reduceMax_where_exp_sum_div"]);
  backend.dispose();
});
