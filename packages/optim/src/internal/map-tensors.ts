import { isTensor, type Tensor } from "@adjoint/core";
import { flatten, leaves, map, unflatten } from "@adjoint/core/tree";

// `tree.map` over any number of trees. TypeScript cannot follow that each has the structure of the first and leaves
// that `fn` takes; both hold for gradients and updates of parameters, and for states that their own rule made.
// A tree of another structure is refused by `tree.map` itself.

type Leaves = readonly unknown[];
type MapAny = (fn: (...leaves: never) => unknown, ...trees: Leaves) => unknown;

/** A part of a state like the first tree, of what `fn` gives for each of its leaves and the matching ones of the others. */
export const mapState = <L extends Leaves = readonly Tensor[]>(
  fn: (...leaves: L) => Tensor,
  ...trees: Leaves
): unknown => (map as MapAny)(fn, ...trees);

/** As `mapState`, for updates: they have the type of `first`. */
export const mapTensors = <P, L extends Leaves = readonly Tensor[]>(
  fn: (...leaves: L) => Tensor,
  first: P,
  ...rest: Leaves
): P => mapState(fn, first, ...rest) as P;

/** The tensors of a tree, in order. */
export const tensorLeaves = (tree: unknown): readonly Tensor[] => {
  const all: readonly unknown[] = leaves(tree);
  return all.filter(isTensor);
};

/** A tree like another, with other leaves of the same types. */
export const withLeaves = <P>(tree: P, replaced: readonly unknown[]): P =>
  unflatten(flatten(tree).structure, replaced) as P;
