import { type Eqn, sizeOf, type Var } from "@adjoint/core/backend";
import { dearestKernel } from "./arrays.ts";
import type { Cluster, Planned } from "./cluster.ts";
import { isPooled, sharedBindings } from "./pooled.ts";
import { type ElementRead, elementReads, isReduction, operandReads } from "./reads.ts";
import {
  depthIn,
  elementOf,
  reductionSpace,
  type RowSpace,
  rowOf,
  sameRows,
  type Space,
} from "./space.ts";

/** Long rows of a few are better reduced in parts than kept together with what reads them. */
const fewRows = 64;
const longRow = 4096;

/** Arrays of one kernel, however they are bound. */
const mostArrays = 32;

/** Members of a kernel over rows; each pass may compute them again. */
const mostInRows = 24;

/** Whether several passes over each row leave enough invocations at work. */
const keepsBusy = ({ rows, columns }: RowSpace): boolean => rows >= fewRows || columns <= longRow;

/** Forms the kernels of a program: each array joins the kernel of what it reads where their loops agree. */
class Clustering {
  readonly clusters: Set<Cluster> = new Set();
  readonly #planned: Planned;
  readonly #of = new Map<Var, Cluster>();
  readonly #readers = new Map<Var, Set<Cluster>>();
  readonly #maxArrays: number;

  constructor(planned: Planned, maxArrays: number) {
    this.#planned = planned;
    this.#maxArrays = maxArrays;
  }

  #start(space: Space, members: readonly Var[], reads: readonly Var[]): void {
    const cluster: Cluster = { space, members: new Set(), reads: new Set() };
    this.clusters.add(cluster);
    for (const v of members) this.#of.set(v, cluster);
    for (const v of members) cluster.members.add(v);
    this.#noteReads(cluster, reads);
  }

  #noteReads(cluster: Cluster, reads: readonly Var[]): void {
    for (const v of reads) {
      if (cluster.members.has(v)) continue;
      cluster.reads.add(v);
      const readers = this.#readers.get(v) ?? new Set();
      readers.add(cluster);
      this.#readers.set(v, readers);
    }
  }

  solo(eqn: Eqn): void {
    this.#start({ kind: "solo", eqn }, eqn.outputs, operandReads(this.#planned, eqn));
  }

  dot(eqn: Eqn): void {
    const [y] = eqn.outputs;
    if (y === undefined) return;
    const space: Space = { kind: "dot", size: sizeOf(y.aval.shape), eqn };
    this.#start(space, [y], operandReads(this.#planned, eqn));
  }

  /** An array computed element by element, or a reduction. */
  add(variable: Var, reduction: Eqn | undefined): void {
    const space: Space =
      reduction === undefined
        ? { kind: "flat", size: sizeOf(variable.aval.shape) }
        : reductionSpace(reduction);
    const reads = elementReads(this.#planned, variable, space).map((read) => read.variable);
    for (const candidate of this.#candidates(reads))
      if (this.#join(candidate, variable, space, reads)) return;
    this.#start(space, [variable], reads);
  }

  /** Kernels of what is read, latest first, then kernels that read the same large array. */
  #candidates(reads: readonly Var[]): readonly Cluster[] {
    const makers = reads.flatMap((v) => this.#of.get(v) ?? []);
    const most = Math.max(0, ...reads.map((v) => sizeOf(v.aval.shape)));
    const large = reads.filter((v) => sizeOf(v.aval.shape) === most);
    const siblings = large.flatMap((v) => [...(this.#readers.get(v) ?? [])]);
    const order = [...this.clusters];
    const latest = (list: readonly Cluster[]): readonly Cluster[] =>
      [...new Set(list)].sort((a, b) => order.indexOf(b) - order.indexOf(a));
    return [...new Set([...latest(makers), ...latest(siblings)])];
  }

  #join(cluster: Cluster, variable: Var, own: Space, reads: readonly Var[]): boolean {
    const space = joint(cluster, own);
    if (space === undefined || depthIn(space, variable) === undefined) return false;
    if (space.kind === "rows" && cluster.members.size >= mostInRows) return false;
    if (this.#costOf([...cluster.members, variable]) > dearestKernel) return false;
    const isProducer = reads.some((v) => cluster.members.has(v));
    if (own.kind === "rows" && isProducer && space.kind === "rows" && !keepsBusy(space))
      return false;
    if (!isProducer && (space.kind === "dot" || own.kind !== cluster.space.kind)) return false;
    if (![...cluster.members].every((v) => depthIn(space, v) !== undefined)) return false;
    if (!this.#fits(cluster, [...cluster.reads, ...reads, ...cluster.members, variable]))
      return false;
    if (!this.#readsOwn(cluster, variable, space) || this.#wouldCycle(cluster, reads)) return false;
    cluster.space = space;
    cluster.members.add(variable);
    this.#of.set(variable, cluster);
    this.#noteReads(cluster, reads);
    return true;
  }

  #costOf(members: readonly Var[]): number {
    return members.reduce((sum, v) => sum + this.#planned.costOf(v), 0);
  }

  /** Whether a kernel can bind these arrays; those of one memory share a binding where they must. */
  #fits({ space }: Cluster, list: readonly Var[]): boolean {
    const arrays = [...new Set(list)];
    if (space.kind === "dot") return arrays.length < this.#maxArrays;
    if (arrays.length < this.#maxArrays) return true;
    const alone = arrays.filter((v) => !isPooled(this.#planned.graph, v));
    return arrays.length <= mostArrays && alone.length + sharedBindings <= this.#maxArrays;
  }

  /** Whether all that is read of the cluster's own values is what the invocation has at hand. */
  #readsOwn(cluster: Cluster, variable: Var, space: Space): boolean {
    const element = elementOf(space);
    const isRow = depthIn(space, variable) === "row";
    const reduces = isReduction(this.#planned, variable);
    return elementReads(this.#planned, variable, space).every(
      ({ variable: v, flat }: ElementRead) => {
        if (!cluster.members.has(v)) return true;
        if (space.kind === "rows" && depthIn(space, v) === "row") return flat.equals(rowOf(space));
        return (!isRow || reduces) && flat.equals(element);
      },
    );
  }

  /** Whether something that `variable` needs from elsewhere needs the cluster itself. */
  #wouldCycle(cluster: Cluster, reads: readonly Var[]): boolean {
    const seen = new Set<Cluster>();
    const needs = (from: Cluster): boolean => {
      if (from === cluster) return true;
      if (seen.has(from)) return false;
      seen.add(from);
      return [...from.reads].some((v) => {
        const maker = this.#of.get(v);
        return maker !== undefined && needs(maker);
      });
    };
    return reads.some((v) => {
      const maker = this.#of.get(v);
      return maker !== undefined && maker !== cluster && needs(maker);
    });
  }
}

/** The space in which a cluster and something of its own space can run together. */
const joint = (cluster: Cluster, own: Space): Space | undefined => {
  const { space } = cluster;
  if (space.kind === "solo" || own.kind === "solo" || own.kind === "dot") return undefined;
  if (own.kind === "flat") {
    if (space.kind !== "rows") return space.size === own.size ? space : undefined;
    const isElement = own.size !== space.rows;
    return isElement && !keepsBusy(space) ? undefined : space;
  }
  if (space.kind === "rows")
    return sameRows(space, own) && (keepsBusy(own) || isSinglePass(cluster)) ? space : undefined;
  const isPrologue = space.kind === "flat" && space.size === own.rows * own.columns;
  return isPrologue && own.trailing && own.columns > 1 && own.rows >= fewRows ? own : undefined;
};

/** Whether a cluster is nothing but reductions. */
const isSinglePass = ({ space, members }: Cluster): boolean =>
  space.kind === "rows" && [...members].every((v) => sizeOf(v.aval.shape) === space.rows);

/** The kernels of a program, in an order in which each comes after what it reads. */
export const clustersOf = (planned: Planned, maxArrays: number): readonly Cluster[] => {
  const clustering = new Clustering(planned, maxArrays);
  for (const eqn of planned.graph.ir.eqns) {
    const kind = planned.kinds.get(eqn);
    if (kind === "dot") clustering.dot(eqn);
    else if (kind !== "element" && kind !== "movement" && kind !== "reduction")
      clustering.solo(eqn);
    else
      for (const v of eqn.outputs)
        if (planned.arrays.has(v)) clustering.add(v, kind === "reduction" ? eqn : undefined);
  }
  return inOrder([...clustering.clusters]);
};

/** Depth-first order. */
const inOrder = (clusters: readonly Cluster[]): readonly Cluster[] => {
  const makers = new Map<Var, Cluster>();
  for (const cluster of clusters) for (const v of cluster.members) makers.set(v, cluster);
  const done = new Set<Cluster>();
  const visit = (cluster: Cluster): void => {
    if (done.has(cluster)) return;
    done.add(cluster);
    for (const v of cluster.reads) {
      const maker = makers.get(v);
      if (maker !== undefined) visit(maker);
    }
    ordered.push(cluster);
  };
  const ordered: Cluster[] = [];
  for (const cluster of clusters) visit(cluster);
  return ordered;
};
