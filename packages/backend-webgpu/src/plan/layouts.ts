import {
  type Atom,
  type Eqn,
  type Shape,
  sizeOf,
  stridesOf,
  type Var,
} from "@adjoint/core/backend";
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

  /** Places arrays, unless `isReadable` then says no of one of them. */
  tryAll(layouts: ReadonlyMap<Var, Layout>, isReadable: (variable: Var) => boolean): boolean {
    const before = [...layouts.keys()].map((v) => [v, this.of(v)] as const);
    for (const [v, layout] of layouts) this.#layouts.set(v, layout);
    const isGood = [...layouts.keys()].every(isReadable);
    if (!isGood) for (const [v, layout] of before) this.#layouts.set(v, layout);
    return isGood;
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

/** What an array is put together from: the operands of a concatenation, or itself. */
const piecesOf = (planned: Planned, target: Var): readonly Atom[] => {
  const eqn = planned.graph.definition(target)?.eqn;
  return eqn?.primitive.name === "concatenate" ? eqn.inputs : [target];
};

/** The array that a piece is a view of, and the flat index there of the element at coordinates p0, p1, ... */
const pieceView = (
  { graph, arrays }: Planned,
  target: Var,
  piece: Atom,
): { readonly variable: Var; readonly address: Affine } | undefined => {
  const at = piece.aval.shape.map((d, i) => Affine.variable(`p${i}`, d));
  const isArray = (v: Var): boolean => v !== target && arrays.has(v);
  const view = viewOf(graph, piece, at, isArray);
  if (view === undefined || !isArray(view.variable)) return undefined;
  const { variable } = view;
  return { variable, address: addressOf(view.at, stridesOf(variable.aval.shape)) };
};

/** Dense strides that keep neighbours of the array that is moved neighbours. */
const kindStrides = (planned: Planned, target: Var): readonly number[] | undefined => {
  const [piece] = piecesOf(planned, target);
  const view = piece === undefined ? undefined : pieceView(planned, target, piece);
  if (view === undefined) return undefined;
  const { shape } = target.aval;
  const nearest = shape.map((_, axis) =>
    Math.min(
      ...view.address.terms.flatMap(({ digit, factor }) =>
        digit.of === `p${axis}` ? [factor] : [],
      ),
    ),
  );
  const order = shape.map((_, axis) => axis).sort((a, b) => (nearest[a] ?? 0) - (nearest[b] ?? 0));
  const strides = shape.map(() => 0);
  let next = 1;
  for (const axis of order) {
    strides[axis] = next;
    next *= shape[axis] ?? 1;
  }
  return strides;
};

/** The parts that an array is put together from, when each is the whole of another array in another order. */
const partsOf = (
  planned: Planned,
  target: Var,
  storage: Layout,
): readonly Placement[] | undefined => {
  const eqn = planned.graph.definition(target)?.eqn;
  if (eqn === undefined) return undefined;
  const pieces = piecesOf(planned, target);
  const isJoin = pieces[0] !== target;
  const axis = isJoin ? numberParam(eqn.params, "axis") : 0;
  let from = 0;
  const placements = pieces.map((piece): Placement | undefined => {
    const offset = isJoin ? from * (storage.strides[axis] ?? 0) : 0;
    from += isJoin ? (piece.aval.shape[axis] ?? 0) : 0;
    const view = pieceView(planned, target, piece);
    if (view === undefined) return undefined;
    const { variable, address } = view;
    // a broadcast has elements more often than they can be written
    if (sizeOf(variable.aval.shape) !== sizeOf(piece.aval.shape)) return undefined;
    const strides = inverted(address, variable.aval.shape, storage.strides);
    return strides === undefined ? undefined : { variable, offset, strides };
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
  isReadable: (variable: Var) => boolean,
): readonly Cluster[] => {
  const placed = new Set<Var>();
  const dropped = new Set<Cluster>();
  // last first: what is copied once more is put where that copy goes
  for (const cluster of clusters.toReversed()) {
    const [target, ...others] = cluster.members;
    if (cluster.space.kind !== "flat" || target === undefined || others.length > 0) continue;
    const own = layouts.of(target);
    const kind = canMove(planned, target) && !placed.has(target) && kindStrides(planned, target);
    const choices = [...(kind ? [{ ...own, strides: kind }] : []), own];
    for (const storage of choices) {
      const parts = partsOf(planned, target, storage);
      const free = parts?.every(
        ({ variable }) =>
          canMove(planned, variable) &&
          !placed.has(variable) &&
          variable.aval.dtype === target.aval.dtype,
      );
      if (parts === undefined || free !== true) continue;
      const moved = new Map<Var, Layout>([[target, storage]]);
      for (const { variable, offset, strides } of parts)
        moved.set(variable, {
          storage: storage.storage,
          offset: storage.offset + offset,
          strides,
        });
      if (!layouts.tryAll(moved, isReadable)) continue;
      for (const { variable } of parts) placed.add(variable);
      dropped.add(cluster);
      break;
    }
  }
  return clusters.filter((cluster) => !dropped.has(cluster));
};
