import { fromData, type Tensor, tensor } from "@adjoint/core";
import { leaves, paths } from "@adjoint/core/tree";

/** A small state with every kind of nesting and dtype. */
export const sampleState = (seed = 0) => ({
  params: {
    blocks: [
      { w: tensor([[1 + seed, -0, 3.5]]), b: tensor([0.1]) },
      { w: tensor([[7, 8, 9]]), b: null },
    ],
    half: tensor([1.5, -2], { dtype: "float16" }),
    brain: tensor([0.5, 256], { dtype: "bfloat16" }),
    precise: tensor([Math.PI, Number.NaN, Number.NEGATIVE_INFINITY], { dtype: "float64" }),
    empty: fromData(new Float32Array(0), [0, 4]),
  },
  optState: [{ count: tensor(3, { dtype: "int32" }) }, null] as const,
  mask: tensor([true, false]),
  key: fromData(Uint32Array.of(0, 4_294_967_295), [2]),
  step: tensor(seed, { dtype: "int32" }),
});

/** Name, type and exact contents of each tensor; -0 and NaN count. */
export const contentsOf = async (tree: unknown): Promise<readonly unknown[]> => {
  const names = paths(tree);
  const all: readonly unknown[] = leaves(tree);
  return Promise.all(
    all.map(async (leaf, i) => {
      const x = leaf as Tensor;
      const data = await x.data();
      return [
        names[i],
        x.dtype,
        x.shape,
        Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex"),
      ];
    }),
  );
};
