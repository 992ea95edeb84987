import type { Eqn, Var } from "@adjoint/core/backend";
import type { Kind } from "../program/kinds.ts";
import type { Graph } from "../program/graph.ts";
import type { Space } from "./space.ts";

/** Equations that run as one kernel (or as the kernels of one `solo` equation). */
export type Cluster = {
  space: Space;
  /** Names that have their value here, in the order of the program. */
  readonly members: Set<Var>;
  /** Arrays that are read and do not come from here. */
  readonly reads: Set<Var>;
};

/** What planning knows of a program. */
export type Planned = {
  readonly graph: Graph;
  readonly kinds: ReadonlyMap<Eqn, Kind>;
  readonly arrays: ReadonlySet<Var>;
  /** What one element of a name costs where it is computed from arrays, in multiplications. */
  readonly costOf: (variable: Var) => number;
};
