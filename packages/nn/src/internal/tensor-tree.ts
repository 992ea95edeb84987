import { ArgumentError, isTensor, type Tensor, type TensorTree } from "@adjoint/core";
import { flatten, type Structure, unflatten } from "@adjoint/core/tree";

/** Sound when `structure` is that of a tree of type `P` with a tensor at every leaf. */
export const rebuild = <P>(structure: Structure, leaves: readonly Tensor[]): TensorTree<P> =>
  unflatten(structure, leaves) as TensorTree<P>;

/** The tensors of a tree and its structure; throws ArgumentError for other leaves. */
export const flattenTensors = (
  operation: string,
  params: unknown,
): { readonly leaves: readonly Tensor[]; readonly structure: Structure } => {
  const { leaves, structure } = flatten(params);
  const tensors = leaves.filter(isTensor);
  if (tensors.length !== leaves.length)
    throw new ArgumentError({
      operation,
      rule: "parameters must be a tree of tensors",
      got: typeof leaves.find((x) => !isTensor(x)),
    });
  return { leaves: tensors, structure };
};
