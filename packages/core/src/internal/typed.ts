import type { MapLeaves, TensorTree } from "../tree/types.ts";
import type { Tensor } from "../tensor.ts";
import { type Structure, unflatten } from "../tree/structure.ts";

// The casts of this package live here. A structure remembers how a tree of type T nests, but TypeScript cannot
// follow a value through flatten and unflatten; each helper states the fact that makes its cast sound.

/** Sound when `structure` came from a value of type `T` (or one of the same shape). */
export const rebuild = <T>(structure: Structure, leaves: Iterable<Tensor>): TensorTree<T> =>
  unflatten(structure, leaves) as TensorTree<T>;

/** Sound when every leaf was mapped to an `L`. */
export const rebuildWith = <T, L>(structure: Structure, leaves: Iterable<L>): MapLeaves<T, L> =>
  unflatten(structure, leaves) as MapLeaves<T, L>;

/** Sound when `tree` has the type by construction (arguments rebuilt from their own structure). */
export const trusted = <T>(tree: unknown): T => tree as T;
