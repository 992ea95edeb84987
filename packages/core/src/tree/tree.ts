import { trusted } from "../internal/typed.ts";
import { flatten, leafPaths, type Structure, structureMismatch, unflatten } from "./structure.ts";

/** Leaf type of a tree: what sits inside its arrays and objects. */
export type LeafOf<T> = T extends readonly (infer E)[]
  ? LeafOf<E>
  : T extends { dispose(): void }
    ? T
    : T extends null | undefined
      ? never
      : T extends (...args: never[]) => unknown
        ? T
        : T extends object
          ? { [K in keyof T]-?: LeafOf<T[K]> }[keyof T]
          : T;

/** `T` with every leaf replaced by `R`, arrays, tuples and objects kept. */
export type Mapped<T, R> = T extends { dispose(): void }
  ? R
  : T extends null | undefined
    ? T
    : T extends readonly unknown[]
      ? { [K in keyof T]: Mapped<T[K], R> }
      : T extends (...args: never[]) => unknown
        ? R
        : T extends object
          ? { [K in keyof T]: Mapped<T[K], R> }
          : R;

const sameAs = (operation: string, structure: Structure, other: unknown): readonly unknown[] => {
  const flat = flatten(other);
  const mismatch = structureMismatch(operation, structure, flat.structure);
  if (mismatch) throw mismatch;
  return flat.leaves;
};

/**
 * Applies `fn` to every leaf, and to the matching leaves of further trees of the same structure.
 * Throws TreeError naming the first place where the structures differ.
 *
 * ```ts doctest
 * import * as tree from "@adjoint/core/tree";
 * tree.map((x: number) => x * 2, { w: [1, 2], b: 3 }); // => { w: [2, 4], b: 6 }
 * tree.map((x: number, y: number) => x + y, [1, 2], [10, 20]); // => [11, 22]
 * ```
 */
export function map<T, R>(fn: (leaf: LeafOf<T>) => R, tree: T): Mapped<T, R>;
export function map<T, U, R>(
  fn: (a: LeafOf<T>, b: LeafOf<U>) => R,
  first: T,
  second: U,
): Mapped<T, R>;
export function map<T, U, V, R>(
  fn: (a: LeafOf<T>, b: LeafOf<U>, c: LeafOf<V>) => R,
  first: T,
  second: U,
  third: V,
): Mapped<T, R>;
export function map(
  fn: (...leaves: never[]) => unknown,
  first: unknown,
  ...rest: readonly unknown[]
): unknown {
  const flat = flatten(first);
  const others = rest.map((other) => sameAs("tree.map", flat.structure, other));
  const call = trusted<(...leaves: readonly unknown[]) => unknown>(fn);
  return unflatten(
    flat.structure,
    flat.leaves.map((leaf, i) => call(leaf, ...others.map((o) => o[i]))),
  );
}

/**
 * Applies `fn` to every leaf and its path.
 *
 * ```ts doctest
 * import * as tree from "@adjoint/core/tree";
 * tree.mapWithPath((path) => path, { a: [1, 2] }); // => { a: ["a[0]", "a[1]"] }
 * ```
 */
export const mapWithPath = <T, R>(
  fn: (path: string, leaf: LeafOf<T>) => R,
  tree: T,
): Mapped<T, R> => {
  const flat = flatten(tree);
  const names = leafPaths(flat.structure);
  return trusted(
    unflatten(
      flat.structure,
      flat.leaves.map((leaf, i) => fn(names[i] ?? "", trusted(leaf))),
    ),
  );
};

/** The leaves in order: arrays by index, objects by sorted key. */
export const leaves = <T>(tree: T): readonly LeafOf<T>[] => trusted(flatten(tree).leaves);

/** The structure of a tree. */
export const structure = (tree: unknown): Structure => flatten(tree).structure;

/** Paths of the leaves, such as `blocks[0].w`. */
export const paths = (tree: unknown): readonly string[] => leafPaths(flatten(tree).structure);

/** Folds the leaves from first to last. */
export const reduce = <T, R>(fn: (accumulated: R, leaf: LeafOf<T>) => R, initial: R, tree: T): R =>
  leaves(tree).reduce(fn, initial);

/** Exists in types only: what a part, and anything mapped from it, was part of. */
declare const partOf: unique symbol;

/** A part of a tree: `null` where the other part has the leaf. */
export type Part<T> = Mapped<T, LeafOf<T> | null> & { readonly [partOf]?: T };

/**
 * Splits a tree in two of the same nesting: leaves for which `keep` is true, and the others; the missing ones are null.
 *
 * ```ts doctest
 * import * as tree from "@adjoint/core/tree";
 * const [big, small] = tree.partition((x: number) => x > 1, { a: 1, b: 2 });
 * [big, small]; // => [{ a: null, b: 2 }, { a: 1, b: null }]
 * tree.combine(big, small); // => { a: 1, b: 2 }
 * ```
 */
export const partition = <T>(
  keep: (leaf: NoInfer<LeafOf<T>>, path: string) => boolean,
  tree: T,
): readonly [Part<T>, Part<T>] => {
  const flat = flatten(tree);
  const names = leafPaths(flat.structure);
  const chosen = flat.leaves.map((leaf, i) => keep(trusted(leaf), names[i] ?? ""));
  const part = (side: boolean): Part<T> =>
    trusted(
      unflatten(
        flat.structure,
        flat.leaves.map((leaf, i) => (chosen[i] === side ? leaf : null)),
      ),
    );
  return [part(true), part(false)];
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.getPrototypeOf(value) === Object.prototype;

const merge = (a: unknown, b: unknown): unknown => {
  if (a === null || a === undefined) return b;
  if (b === null || b === undefined) return a;
  if (Array.isArray(a) && Array.isArray(b)) return a.map((x, i) => merge(x, b[i]));
  if (isRecord(a) && isRecord(b))
    return Object.fromEntries(Object.keys(a).map((k) => [k, merge(a[k], b[k])]));
  return a;
};

/**
 * Puts together what `partition` split: the leaf of `first` where it has one, else that of `second`. A part may have
 * been replaced by a tree of the same nesting, such as its gradients.
 */
export const combine = <T>(first: { readonly [partOf]?: T }, second: unknown): T =>
  trusted(merge(first, second));
