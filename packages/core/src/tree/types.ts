import type { Tensor, TensorLike } from "../tensor.ts";

/** Leaves of `T` replaced by `L`; arrays, tuples, objects, null and undefined keep their shape. */
export type MapLeaves<T, L> = T extends TensorLike
  ? L
  : T extends null | undefined
    ? T
    : T extends readonly unknown[]
      ? { [K in keyof T]: MapLeaves<T[K], L> }
      : T extends object
        ? { [K in keyof T]: MapLeaves<T[K], L> }
        : T;

/** `T` with a tensor at every leaf: the type of gradients, tangents and results. */
export type TensorTree<T> = MapLeaves<T, Tensor>;

/** A tree with leaves `L` when nothing more is known of it. */
export type Tree<L> =
  | L
  | null
  | undefined
  | readonly Tree<L>[]
  | { readonly [key: string]: Tree<L> };
