import type { Var } from "@adjoint/core/backend";
import type { Cluster, Planned } from "../plan/cluster.ts";
import { elementReads, isReduction } from "../plan/reads.ts";

/** When the members of a row cluster are known. */
export type RowPasses = {
  /** Passes over the columns that reductions take. */
  readonly count: number;
  /** For each member: after which pass it can be computed; 0 before the first. A reduction is known after its own pass. */
  readonly after: ReadonlyMap<Var, number>;
};

/** Orders the passes of a row cluster: a reduction comes after those that it reads. */
export const rowPasses = (planned: Planned, { members, space }: Cluster): RowPasses => {
  const after = new Map<Var, number>();
  for (const v of members) {
    const reads = elementReads(planned, v, space).map((read) => after.get(read.variable) ?? 0);
    after.set(v, Math.max(0, ...reads) + (isReduction(planned, v) ? 1 : 0));
  }
  return { count: Math.max(0, ...after.values()), after };
};
