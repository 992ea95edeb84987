import { ArgumentError, stack, type TensorTree, TreeError, unstack } from "@adjoint/core";
import { formatStructure } from "@adjoint/core/tree";
import { flattenTensors, rebuild } from "../internal/tensor-tree.ts";

/**
 * Parameters of equal layers as one tree whose tensors have a new leading axis, as `scan` takes them.
 * Throws TreeError when the layers differ in structure, ShapeError when they differ in shape.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { stackLayers, unstackLayers } from "@adjoint/nn";
 * const stacked = stackLayers([{ w: tensor([1, 2]) }, { w: tensor([3, 4]) }]);
 * await stacked.w.toArray(); // => [[1, 2], [3, 4]]
 * unstackLayers(stacked).length; // => 2
 * ```
 */
export const stackLayers = <P>(layers: readonly P[]): TensorTree<P> => {
  const flat = layers.map((layer) => flattenTensors("stackLayers", layer));
  const [first] = flat;
  if (first === undefined)
    throw new ArgumentError({
      operation: "stackLayers",
      rule: "needs at least one layer",
      got: "none",
    });
  const expected = formatStructure(first.structure);
  const other = flat.map(({ structure }) => formatStructure(structure)).find((s) => s !== expected);
  if (other !== undefined)
    throw new TreeError({
      operation: "stackLayers",
      rule: "layers must have the same structure",
      got: `${expected} and ${other}`,
    });
  const columns = first.leaves.map((leaf, i) => stack(flat.map(({ leaves }) => leaves[i] ?? leaf)));
  return rebuild<P>(first.structure, columns);
};

/** The layers that `stackLayers` put together. Throws ArgumentError when the leading axes differ. */
export const unstackLayers = <P>(stacked: P): readonly TensorTree<P>[] => {
  const { leaves, structure } = flattenTensors("unstackLayers", stacked);
  const counts = new Set(leaves.map((x) => x.shape[0] ?? -1));
  const [count = -1] = counts;
  if (counts.size !== 1 || count < 0)
    throw new ArgumentError({
      operation: "unstackLayers",
      rule: "tensors must have one leading size",
      got: [...counts].join(),
    });
  const columns = leaves.map((x) => unstack(x));
  return Array.from({ length: count }, (_, i) =>
    rebuild<P>(
      structure,
      leaves.map((leaf, n) => columns[n]?.[i] ?? leaf),
    ),
  );
};
