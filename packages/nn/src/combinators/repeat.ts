import { ArgumentError, checkpoint, isTensor, scan, type Tensor, vmap } from "@adjoint/core";
import { type Key, split } from "@adjoint/core/random";
import { flatten, leafPaths } from "@adjoint/core/tree";
import { named } from "../internal/any-module.ts";
import { checkSize } from "../internal/check.ts";
import type { Module } from "./module.ts";

/** Settings of `repeat`. */
export type RepeatOptions = {
  /** Whether reverse mode keeps only what goes into each copy and computes its inside again; false when absent. */
  readonly checkpoint?: boolean;
};

type Element<P> = { readonly params: P; readonly key: Key | undefined };

/** Throws ArgumentError naming a tensor of parameters that is not of `count` copies. */
const checkCopies = (params: unknown, count: number): void => {
  const { leaves, structure } = flatten(params);
  const all: readonly unknown[] = leaves;
  const shapes = all.map((leaf) => (isTensor(leaf) ? leaf.shape : [count]));
  const at = shapes.findIndex(([size]) => size !== count);
  if (at < 0) return;
  throw new ArgumentError({
    operation: "repeat",
    rule: `parameters of ${count} copies have a leading axis of ${count}`,
    got: `[${shapes[at]?.join() ?? ""}] at ${leafPaths(structure)[at] ?? ""}`,
  });
};

/**
 * The module `count` times, one copy after the other, each with parameters of its own: tensors with a leading axis
 * (count, ...). One scan runs them, so that what is traced and compiled does not grow with depth. `stackLayers` and
 * `unstackLayers` go from and to separate copies. Throws ArgumentError for a count below 1 and for
 * parameters of another count, ShapeError when the module
 * changes the shape of its input.
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { bind, block, repeat } from "@adjoint/nn";
 * const tower = repeat(bind(block, { nEmbd: 8 }, { nHead: 2 }), 12);
 * const params = tower.init(key(0));
 * params.mlp.layers[0]?.kernel.shape; // => [12, 8, 32]
 * tower.apply(params, ones([3, 5, 8])).shape; // => [3, 5, 8]
 * ```
 */
export const repeat = <P>(
  module: Module<P>,
  count: number,
  { checkpoint: isCheckpointed = false }: RepeatOptions = {},
): Module<P> => ({
  init: (key) =>
    named(vmap((own: Key) => module.init(own))(split(key, checkSize("repeat", "count", count)))),
  apply: (params, x, { key } = {}) => {
    checkCopies(params, checkSize("repeat", "count", count));
    const run = (h: Tensor, own: Element<P>): Tensor =>
      module.apply(own.params, h, { key: own.key });
    const once = isCheckpointed ? checkpoint(run) : run;
    const xs: Element<P> = { params, key: key === undefined ? undefined : split(key, count) };
    const step = (h: Tensor, own: Element<P>) => [once(h, own), null] as const;
    const [y] = scan(step, x, xs, { length: count });
    return y;
  },
});
