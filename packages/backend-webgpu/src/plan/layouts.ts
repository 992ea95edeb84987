import { type Eqn, type Shape, stridesOf, type Var } from "@adjoint/core/backend";
import { numberParam } from "@adjoint/core/passes";
import { Affine } from "../address/affine.ts";
import { addressOf } from "../address/coordinates.ts";
import { type Layout, type Layouts, ownLayout } from "../emit/arrays.ts";
import { viewOf } from "../program/view.ts";
import type { Cluster, Planned } from "./cluster.ts";

/** Where every array of a program is: in row-major storage of its own, or inside storage that it would be copied to. */
export class ArrayLayouts implements Layouts {
  readonly half: Layouts["half"];
  readonly #layouts = new Map<Var, Layout>();

  constructor(half: Layouts["half"]) {
    this.half = half;
  }

  of(variable: Var): Layout {
    const known = this.#layouts.get(variable) ?? ownLayout(variable, this.half);
    this.#layouts.set(variable, known);
    return known;
  }

  place(variable: Var, layout: Layout): void {
    this.#layouts.set(variable, layout);
  }

  has(variable: Var): boolean {
    return this.#layouts.has(variable);
  }
}

/** An array and the strides and offset with which its elements lie in a target. */
type Placement = {
  readonly variable: Var;
  readonly offset: number;
  readonly strides: readonly number[];
};

/** The strides in a target of an array of which it is a view, all of whose elements it has; undefined when there are none. */
const inverted = (
  address: Affine,
  source: Shape,
  targetStrides: readonly number[],
): readonly number[] | undefined => {
  if (address.constant !== 0) return undefined;
  const own = stridesOf(source);
  let covered = 1;
  const strides = source.map((extent, axis): number | undefined => {
    const step = own[axis] ?? 1;
    if (extent === 1) return 0;
    const terms = address.terms
      .filter(({ factor }) => factor >= step && factor < step * extent)
      .sort((a, b) => a.factor - b.factor);
    let next = step;
    let stride: number | undefined;
    for (const { digit, factor } of terms) {
      const target = (targetStrides[Number(digit.of.slice(1))] ?? 0) * digit.divisor;
      stride ??= target;
      if (factor !== next || target * step !== stride * factor) return undefined;
      next = factor * digit.modulus;
      covered *= digit.modulus;
    }
    return next === step * extent ? stride : undefined;
  });
  const whole = source.reduce((n, d) => n * d, 1);
  const found = strides.flatMap((s) => (s === undefined ? [] : [s]));
  return found.length === strides.length && covered === whole ? found : undefined;
};

/** The parts that an array is put together from, when each is the whole of another array in another order. */
const partsOf = (
  planned: Planned,
  target: Var,
  storage: Layout,
): readonly Placement[] | undefined => {
  const { graph, arrays } = planned;
  const eqn = graph.definition(target)?.eqn;
  if (eqn === undefined) return undefined;
  const isJoin = eqn.primitive.name === "concatenate";
  const axis = isJoin ? numberParam(eqn.params, "axis") : 0;
  const pieces = isJoin ? eqn.inputs : [target];
  let from = 0;
  const placements = pieces.map((piece): Placement | undefined => {
    const offset = isJoin ? from * (storage.strides[axis] ?? 0) : 0;
    from += isJoin ? (piece.aval.shape[axis] ?? 0) : 0;
    const at = piece.aval.shape.map((d, i) => Affine.variable(`p${i}`, d));
    const isArray = (v: Var): boolean => v !== target && arrays.has(v);
    const view = viewOf(graph, piece, at, isArray);
    if (view === undefined || !isArray(view.variable)) return undefined;
    const { shape } = view.variable.aval;
    const strides = inverted(addressOf(view.at, stridesOf(shape)), shape, storage.strides);
    return strides === undefined ? undefined : { variable: view.variable, offset, strides };
  });
  const found = placements.flatMap((p) => (p === undefined ? [] : [p]));
  const distinct = new Set(found.map((p) => p.variable)).size === found.length;
  return found.length === pieces.length && distinct ? found : undefined;
};

const canMove = (planned: Planned, variable: Var): boolean => {
  const { graph, kinds } = planned;
  const eqn = graph.definition(variable)?.eqn;
  const kindOf = (e: Eqn) => kinds.get(e) ?? "host";
  const isFixed = (e: Eqn): boolean => ["special", "host", "loop"].includes(kindOf(e));
  return (
    eqn !== undefined &&
    !isFixed(eqn) &&
    !graph.isResult(variable) &&
    !graph.readers(variable).some(isFixed)
  );
};

/**
 * Lets kernels write where a copy would have put their results: results that are only transposed, reshaped or joined
 * need no kernel for that. Returns the clusters that are left.
 */
export const placeCopies = (
  planned: Planned,
  clusters: readonly Cluster[],
  layouts: ArrayLayouts,
): readonly Cluster[] => {
  const placed = new Set<Var>();
  return clusters.filter((cluster) => {
    const [target, ...others] = cluster.members;
    if (cluster.space.kind !== "flat" || target === undefined || others.length > 0) return true;
    const storage = layouts.of(target);
    const parts = partsOf(planned, target, storage);
    const free = parts?.every(
      ({ variable }) =>
        canMove(planned, variable) &&
        !placed.has(variable) &&
        variable.aval.dtype === target.aval.dtype,
    );
    if (parts === undefined || free !== true || placed.has(target)) return true;
    for (const { variable, offset, strides } of parts) {
      placed.add(variable);
      layouts.place(variable, {
        storage: storage.storage,
        offset: storage.offset + offset,
        strides,
      });
    }
    placed.add(target);
    return false;
  });
};
