import type { Var } from "@adjoint/core/backend";
import type { Cluster, Planned } from "../plan/cluster.ts";
import type { Layouts } from "./arrays.ts";

/** What text is generated from: a cluster, and what is known of it and of the device. */
export type Unit = {
  readonly planned: Planned;
  readonly cluster: Cluster;
  readonly layouts: Layouts;
  /** Members that something outside the cluster reads. */
  readonly stored: ReadonlySet<Var>;
  readonly isSoftware: boolean;
};

/** Name of a kernel from the operations in it: the important ones, at most five. */
export const nameOf = ({ planned, cluster }: Unit, first?: string): string => {
  const names = [...cluster.members].flatMap(
    (v) => planned.graph.definition(v)?.eqn.primitive.name ?? [],
  );
  const all = [...new Set([...(first === undefined ? [] : [first]), ...names])];
  return all.slice(0, 5).join("_");
};
