import { trusted } from "../internal/typed.ts";
import { flatten, type Structure, unflatten } from "./structure.ts";
import type { LeafOf, Mapped } from "./tree.ts";

/** Exists in types only: the type of the trees that have this structure. */
declare const structureOf: unique symbol;

/** The structure of trees of type `T`. */
export type StructureOf<T> = Structure & { readonly [structureOf]?: T };

/** A tree taken apart, with its type remembered. */
export type FlatTree<T> = {
  readonly leaves: readonly LeafOf<T>[];
  readonly structure: StructureOf<T>;
};

/**
 * Takes a tree apart into its leaves and its structure. Arrays and plain objects are nodes (keys in sorted order),
 * null and undefined are empty nodes, everything else is a leaf.
 *
 * ```ts doctest
 * import * as tree from "@adjoint/core/tree";
 * const { leaves, structure } = tree.flatten({ b: [3, 4], a: 1 });
 * leaves; // => [1, 3, 4]
 * tree.unflatten(structure, leaves.map((x) => x * 10)); // => { a: 10, b: [30, 40] }
 * ```
 */
export const flattenTree = <T>(tree: T): FlatTree<T> => trusted<FlatTree<T>>(flatten(tree));

/** Puts a tree together from a structure and leaves in the order of `flatten`; throws TreeError for another number of leaves. */
export const unflattenTree = <T, L = LeafOf<T>>(
  structure: StructureOf<T>,
  leaves: Iterable<L>,
): Mapped<T, L> => trusted<Mapped<T, L>>(unflatten(structure, leaves));
