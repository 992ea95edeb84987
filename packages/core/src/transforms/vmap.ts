import { ArgumentError, ShapeError } from "../errors.ts";
import { rebuild } from "../internal/typed.ts";
import { formatAval } from "../ir/aval.ts";
import type { MappedAxis } from "../primitives/primitive.ts";
import { dim, normalizeAxis } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import {
  flatten,
  leafCount,
  leafPaths,
  type Structure,
  structureMismatch,
} from "../tree/structure.ts";
import type { TensorTree } from "../tree/types.ts";
import { evalBatched, withBatchAxis } from "./eval-batched.ts";
import { flattenTensors, scoped, traceAt } from "./trace-function.ts";

/** Mapped axis of a value: its position, or `null` when every example sees the same value. */
export type MapAxis = number | null;

/** A tree of axes; it may end earlier than the value's tree, and then holds for everything below. */
export type AxisTree = MapAxis | readonly AxisTree[] | { readonly [key: string]: AxisTree };

/** Settings of `vmap`. */
export type VmapOptions = {
  /** Axis per argument (an array), or one for all; default 0. */
  readonly inAxes?: AxisTree;
  /** Axis of the outputs; default 0. */
  readonly outAxes?: AxisTree;
  /** Name for collectives (`psum`, `pmean`, `axisIndex`) over the mapped axis. */
  readonly axisName?: string;
};

const isAxis = (tree: unknown): tree is MapAxis => tree === null || typeof tree === "number";

/** One axis per leaf of `structure` from a prefix tree of axes. */
const axesOf = (
  what: string,
  prefix: unknown,
  structure: Structure,
  path = "",
): readonly MapAxis[] => {
  if (isAxis(prefix)) return Array.from({ length: leafCount(structure) }, () => prefix);
  const given = flatten(prefix).structure;
  const nested = structure.kind === "list" || structure.kind === "record";
  const shallow = (s: Structure): Structure =>
    s.kind === "list" || s.kind === "record"
      ? { ...s, children: s.children.map(() => ({ kind: "leaf" })) }
      : s;
  const mismatch = nested
    ? structureMismatch(`vmap (${what})`, shallow(structure), shallow(given), path)
    : undefined;
  if (mismatch) throw mismatch;
  if (!nested || typeof prefix !== "object" || prefix === undefined)
    throw new ArgumentError({
      operation: "vmap",
      rule: `${what} must be an axis, null, or a tree of them matching the values`,
      got: `${typeof prefix} at ${path || "the root"}`,
    });
  const entries = new Map(Object.entries(prefix ?? {}));
  return structure.children.flatMap((child, i) => {
    const key = structure.kind === "record" ? (structure.keys[i] ?? "") : String(i);
    const place = structure.kind === "list" ? `[${i}]` : path === "" ? key : `.${key}`;
    return axesOf(what, entries.get(key) ?? null, child, `${path}${place}`);
  });
};

const toFront = (x: Tensor, axis: number): Tensor => {
  const place = normalizeAxis("vmap", axis, x.rank);
  return x.transpose([place, ...x.shape.flatMap((_, i) => (i === place ? [] : [i]))]);
};

const fromFront = (x: Tensor, axis: number): Tensor => {
  const place = normalizeAxis("vmap", axis, x.rank);
  const rest = Array.from({ length: x.rank - 1 }, (_, i) => i + 1);
  return x.transpose([...rest.slice(0, place), 0, ...rest.slice(place)]);
};

const mappedSize = (
  leaves: readonly Tensor[],
  axes: readonly MapAxis[],
  names: readonly string[],
): number => {
  const sizes = leaves.flatMap((x, i) => {
    const axis = axes[i] ?? null;
    return axis === null
      ? []
      : [{ size: dim(x.shape, normalizeAxis("vmap", axis, x.rank)), name: names[i] ?? "", x }];
  });
  const [first] = sizes;
  if (first === undefined)
    throw new ArgumentError({
      operation: "vmap",
      rule: "at least one input must be mapped",
      got: "null for all",
      fix: "set inAxes",
    });
  const other = sizes.find((s) => s.size !== first.size);
  if (other)
    throw new ShapeError({
      operation: "vmap",
      rule: "mapped axes must have one size",
      got: `${first.size} at ${first.name} ${formatAval(first.x.aval)} and ${other.size} at ${other.name} ${formatAval(other.x.aval)}`,
    });
  return first.size;
};

/**
 * Maps `fn`, written for one example, over an axis of its arguments; all examples run as one batch.
 * Throws ShapeError when mapped sizes differ, TreeError when `inAxes` does not fit the arguments.
 *
 * ```ts doctest
 * import { tensor, vmap, type Tensor } from "@adjoint/core";
 * const dot = (a: Tensor, b: Tensor) => a.mul(b).sum();
 * const rows = tensor([[1, 2], [3, 4]]);
 * await vmap(dot, { inAxes: [0, null] })(rows, tensor([10, 1])).toArray(); // => [12, 34]
 * ```
 */
export const vmap =
  <A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    options: VmapOptions = {},
  ): ((...args: A) => TensorTree<R>) =>
  (...args) =>
    scoped(() => {
      const { inAxes = 0, outAxes = 0, axisName } = options;
      const flat = flattenTensors("vmap", args);
      const axes = axesOf("inAxes", inAxes, flat.structure);
      const axis: MappedAxis = {
        size: mappedSize(flat.leaves, axes, leafPaths(flat.structure)),
        name: axisName,
      };
      const inputs = flat.leaves.map((x, i) => moved(x, axes[i] ?? null));
      const batched = inputs.map((_, i) => (axes[i] ?? null) !== null);
      const avals = inputs.map((x, i) =>
        batched[i] === true ? { shape: x.shape.slice(1), dtype: x.dtype } : x.aval,
      );
      const { ir, out } = traceAt("vmap", fn, flat.structure, avals);
      const result = evalBatched(ir, inputs, batched, axis);
      const places = axesOf("outAxes", outAxes, out);
      return rebuild<R>(
        out,
        result.outputs.map((y, i) =>
          placed(y, result.batched[i] === true, places[i] ?? null, axis),
        ),
      );
    });

const moved = (x: Tensor, axis: MapAxis): Tensor => (axis === null ? x : toFront(x, axis));

const placed = (y: Tensor, batched: boolean, axis: MapAxis, mapped: MappedAxis): Tensor => {
  if (axis !== null) return fromFront(withBatchAxis(y, batched, mapped), axis);
  if (!batched) return y;
  throw new ArgumentError({
    operation: "vmap",
    rule: "outAxes null needs an output that is the same for every example",
    got: "a mapped output",
  });
};
