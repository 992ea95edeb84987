import { type DType, fromData, type HostData, type Shape } from "@adjoint/core";
import { flatten, unflatten } from "@adjoint/core/tree";
import { isTensor, trusted } from "../internal/trusted.ts";

/** A tree of tensors in host memory, which outlives the device that they were on. */
export type Snapshot<T> = {
  /** The tree again, with new tensors on the current backend. */
  readonly restore: () => T;
};

type Kept = { readonly data: HostData; readonly shape: Shape; readonly dtype: DType };

/** Reads every tensor of a tree; leaves that are none are kept as they are. */
export const takeSnapshot = async <T>(tree: T): Promise<Snapshot<T>> => {
  const flat = flatten(tree);
  const all: readonly unknown[] = flat.leaves;
  const readers = await Promise.all(
    all.map(async (leaf): Promise<() => unknown> => {
      if (!isTensor(leaf)) return () => leaf;
      const { shape, dtype } = leaf;
      const kept: Kept = { data: await leaf.data(), shape, dtype };
      return () => fromData(kept.data, kept.shape, kept.dtype);
    }),
  );
  return {
    restore: () =>
      trusted<T>(
        unflatten(
          flat.structure,
          readers.map((make) => make()),
        ),
      ),
  };
};
