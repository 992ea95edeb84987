import { ArgumentError } from "../errors.ts";
import { rebuild } from "../internal/typed.ts";
import { asTensor } from "../ops/operand.ts";
import { Tensor, type TensorLike } from "../tensor.ts";
import { flatten } from "../tree/structure.ts";
import type { TensorTree } from "../tree/types.ts";
import type { Backend } from "./backend.ts";

const isTensorLike = (leaf: unknown): leaf is TensorLike =>
  leaf instanceof Tensor || typeof leaf === "number" || typeof leaf === "boolean";

const copied = async (backend: Backend, leaf: unknown): Promise<Tensor> => {
  if (!isTensorLike(leaf))
    throw new ArgumentError({
      operation: "copyTo",
      rule: "every leaf must be a tensor or a number",
      got: typeof leaf,
    });
  const x = asTensor(leaf);
  if (x.literalValue !== undefined || x.buffer.backend === backend) return x;
  return Tensor.stored(backend.fromHost(await x.buffer.read()));
};

/**
 * The tensors of a tree on another backend, such as parameters that were trained on the GPU, for tests or for saving. Tensors
 * that are there already stay as they are. Throws DisposedError, TracerError, and what the backends throw.
 *
 * Operations copy by themselves where the other backend can be read at once; a GPU cannot, so its tensors come through here.
 *
 * ```ts doctest
 * import { copyTo, referenceBackend, tensor } from "@adjoint/core";
 * const params = { w: tensor([1, 2]), b: tensor(3) };
 * const copy = await copyTo(referenceBackend, params);
 * await copy.w.add(copy.b).toArray(); // => [4, 5]
 * ```
 */
export const copyTo = async <T>(backend: Backend, tree: T): Promise<TensorTree<T>> => {
  const { leaves, structure } = flatten(tree);
  return rebuild<T>(structure, await Promise.all(leaves.map((leaf) => copied(backend, leaf))));
};
