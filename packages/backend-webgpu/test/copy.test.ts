import { copyTo, referenceBackend, type Tensor, tensor, withBackend } from "@adjoint/core";
import * as tree from "@adjoint/core/tree";
import { afterAll, expect, it } from "vitest";
import { softwareBackend } from "./support/software-backend.ts";

const backend = await softwareBackend();
afterAll(() => backend.dispose());

it("takes a tree of tensors to another backend and back", async () => {
  const params = withBackend(backend, () => ({
    w: tensor([1, 2]).mul(3),
    ids: tensor([[4]], { dtype: "int32" }).add(1),
    half: tensor([0.5], { dtype: "float16" }).add(1),
  }));
  const values = { w: [3, 6], ids: [[5]], half: [1.5] };
  const host = await copyTo(referenceBackend, params);
  expect(tree.map((x: Tensor) => x.toArraySync(), host)).toEqual(values);
  expect(tree.map((x: Tensor) => x.dtype, host)).toEqual({
    w: "float32",
    ids: "int32",
    half: "float16",
  });
  const { w } = await copyTo(backend, host);
  expect(await withBackend(backend, () => w.add(params.w)).toArray()).toEqual([6, 12]);
});

it("says how to take a tensor to a backend that cannot wait for it", () => {
  const x = withBackend(backend, () => tensor([1]).add(1));
  expect(() => withBackend(referenceBackend, () => x.add(1))).toThrow("await copyTo(backend, x)");
});
