import { type Atom, type Eqn, sizeOf, type Var } from "@adjoint/core/backend";
import type { Graph } from "../program/graph.ts";
import { costOf, type Kind } from "../program/kinds.ts";
import { sourceOf } from "../program/view.ts";
import { isPooled, sharedBindings } from "./pooled.ts";

/** An expression more costly than this is computed once and stored rather than by each of its readers. */
const dearest = 8;

/** The same for a reader that has several elements for each one of the expression. */
const dearestRepeated = 3;

/** Operations in one expression; longer ones make kernels that compile slowly. */
const longest = 150;

/** The most that all values of one kernel may cost together; beyond it kernels take seconds to compile. */
export const dearestKernel = 600;

/** Arrays that one expression reads, however they are bound. */
const mostReads = 40;

type Weight = { readonly cost: number; readonly count: number; readonly reads: ReadonlySet<Var> };

const none: Weight = { cost: 0, count: 0, reads: new Set() };

/** Chooses the names of a program that are stored in arrays; all others are computed where they are read. */
export class ArrayChoice {
  readonly arrays: Set<Var> = new Set();
  readonly #graph: Graph;
  readonly #kinds: ReadonlyMap<Eqn, Kind>;
  readonly #weights = new Map<Var, Weight>();
  readonly #maxBindings: number;

  constructor(graph: Graph, kinds: ReadonlyMap<Eqn, Kind>, maxBindings: number) {
    this.#graph = graph;
    this.#kinds = kinds;
    this.#maxBindings = maxBindings;
    for (const v of [...graph.ir.inputs, ...graph.ir.captures.map((c) => c.variable)])
      this.arrays.add(v);
    for (const v of graph.constants.keys()) this.arrays.add(v);
    // results without elements of loops that never turn
    for (const atom of graph.ir.eqns.flatMap((eqn) => eqn.inputs))
      if (atom.kind === "var" && graph.definition(atom) === undefined) this.arrays.add(atom);
    for (const eqn of graph.ir.eqns) this.#needOperands(eqn);
    for (const eqn of graph.ir.eqns) this.#choose(eqn);
    for (const atom of graph.ir.outputs) if (atom.kind === "var") this.arrays.add(atom);
  }

  /** What one element of a name costs where it is computed from arrays, in multiplications. */
  costOf(variable: Var): number {
    return this.#weights.get(variable)?.cost ?? 0;
  }

  #isInline(eqn: Eqn): boolean {
    const kind = this.#kinds.get(eqn);
    return kind === "element" || kind === "movement";
  }

  /** Kernels of their own read arrays, or views of arrays. */
  #needOperands(eqn: Eqn): void {
    if (this.#isInline(eqn) || this.#kinds.get(eqn) === "reduction") return;
    const sees = this.#kinds.get(eqn) === "dot" || this.#kinds.get(eqn) === "attention";
    for (const atom of eqn.inputs) {
      const source = sees ? sourceOf(this.#graph, atom, (v) => this.arrays.has(v)) : undefined;
      if (source !== undefined) this.arrays.add(source);
      else if (atom.kind === "var") this.arrays.add(atom);
    }
  }

  #weightOf(atom: Atom): Weight {
    if (atom.kind === "literal") return none;
    if (this.arrays.has(atom)) return { cost: 1, count: 1, reads: new Set([atom]) };
    return this.#weights.get(atom) ?? none;
  }

  #choose(eqn: Eqn): void {
    if (!this.#isInline(eqn)) {
      for (const v of eqn.outputs) this.arrays.add(v);
      return;
    }
    const weights = this.#operandWeights(eqn);
    const own = this.#kinds.get(eqn) === "element" ? costOf(eqn) : movementCost(eqn);
    const weight = {
      cost: own + weights.reduce((sum, w) => sum + w.cost, 0),
      count: 1 + weights.reduce((sum, w) => sum + w.count, 0),
      reads: union(weights),
    };
    for (const v of eqn.outputs) {
      this.#weights.set(v, weight);
      if (this.#isStored(v, eqn, weight)) this.arrays.add(v);
    }
  }

  /** Stores operands, those that read most first, until what is left reads few enough arrays. */
  #operandWeights(eqn: Eqn): readonly Weight[] {
    const weights = eqn.inputs.map((a) => this.#weightOf(a));
    if (this.#canBind([...union(weights)])) return weights;
    const sizes = weights.map((w) => w.reads.size);
    const largest = eqn.inputs[sizes.indexOf(Math.max(...sizes))];
    if (largest?.kind !== "var" || this.arrays.has(largest)) return weights;
    this.arrays.add(largest);
    return this.#operandWeights(eqn);
  }

  /** Whether a kernel can bind arrays that it reads: each for itself, or those of one memory together. */
  #canBind(reads: readonly Var[]): boolean {
    if (reads.length < this.#maxBindings) return true;
    const alone = reads.filter((v) => !isPooled(this.#graph, v));
    return reads.length <= mostReads && alone.length + sharedBindings <= this.#maxBindings;
  }

  #isStored(v: Var, eqn: Eqn, { cost, count }: Weight): boolean {
    const readers = this.#graph.readers(v);
    if (count > longest || cost > dearestKernel) return true;
    const size = sizeOf(v.aval.shape);
    const repeats = readers.some((reader) =>
      reader.outputs.some((y) => sizeOf(y.aval.shape) >= 4 * Math.max(1, size)),
    );
    if (repeats && cost > dearestRepeated && !isRepetition(eqn)) return true;
    return readers.length > 1 && cost > dearest;
  }
}

const union = (weights: readonly Weight[]): ReadonlySet<Var> =>
  new Set(weights.flatMap((w) => [...w.reads]));

/** A lookup waits for its index before it can read. */
const movementCost = ({ primitive }: Eqn): number => (primitive.name === "gather" ? dearest : 1);

/** Whether an equation only repeats elements: storing it would take more memory than computing it. */
const isRepetition = ({ primitive }: Eqn): boolean =>
  primitive.name === "broadcastTo" || primitive.name === "iota";
