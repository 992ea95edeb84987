import { flatten, unflatten } from "@adjoint/core/tree";

// Trees with null where a rule has nothing to do: leaves that are not there for `tree.map`. TypeScript still calls them P.

/** The tree with only the leaves that `kept` says, by their order; null elsewhere. */
export const only = <P>(tree: P, kept: readonly boolean[]): P => {
  const { leaves, structure } = flatten(tree);
  return unflatten(
    structure,
    leaves.map((leaf: unknown, i) => (kept[i] === true ? leaf : null)),
  ) as P;
};

/** `tree` with the leaves that `kept` says replaced by those of `parts`, one after the other. */
export const replaced = <P>(tree: P, kept: readonly boolean[], parts: P): P => {
  const { leaves, structure } = flatten(tree);
  const next = flatten(parts).leaves[Symbol.iterator]();
  return unflatten(
    structure,
    leaves.map((leaf: unknown, i): unknown => (kept[i] === true ? next.next().value : leaf)),
  ) as P;
};
