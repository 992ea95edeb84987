import { type Eqn, type Ir, sizeOf, type Var } from "@adjoint/core/backend";
import type { DeviceProfile } from "../device/profile.ts";
import { type Layout, type Layouts, ownLayout, type Storage } from "../emit/arrays.ts";
import { dotKernels } from "../emit/dot-kernels.ts";
import { operandViews } from "../emit/dot-spec.ts";
import type { Emitted } from "../emit/emitted.ts";
import { flatKernel } from "../emit/flat-kernel.ts";
import { rowsKernels } from "../emit/rows-kernel.ts";
import { specialKernels } from "../emit/special-kernels.ts";
import { Graph } from "../program/graph.ts";
import { type Kind, kindOf } from "../program/kinds.ts";
import { prepare } from "../program/prepare.ts";
import type { SpecialPlan } from "../special/special-plan.ts";
import { ArrayChoice } from "./arrays.ts";
import type { Cluster, Planned } from "./cluster.ts";
import { clustersOf } from "./clusters.ts";
import { planMemory } from "./memory.ts";
import { specialPlan } from "./special-plan-of.ts";
import { groupSteps } from "./grouping.ts";
import { inPlaceResults } from "./in-place.ts";
import type { Program, Result } from "./program.ts";
import type { HostOperand, Step } from "./step.ts";

/** Chooses a layout for every array: row-major, in storage of its own. */
class OwnLayouts implements Layouts {
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
}

/** How a program is to be compiled. */
export type BuildOptions = {
  readonly name: string;
  /** For each capture and input: whether its storage may be reused. */
  readonly donated: readonly boolean[];
  readonly profile: DeviceProfile;
};

/** Operands of products that are not evenly spaced are copied into arrays that are. */
const spaceOperands = (planned: Planned & { readonly arrays: Set<Var> }, layouts: Layouts): void => {
  for (const eqn of planned.graph.ir.eqns) {
    if (planned.kinds.get(eqn) !== "dot") continue;
    operandViews({ planned, layouts }, eqn).forEach((view, i) => {
      const atom = eqn.inputs[i];
      if (view === undefined && atom?.kind === "var") planned.arrays.add(atom);
    });
  }
};

class Builder {
  readonly steps: Step[] = [];
  readonly #planned: Planned;
  readonly #layouts: Layouts;
  readonly #profile: DeviceProfile;
  readonly #specials: ReadonlyMap<Eqn, SpecialPlan>;

  constructor(
    planned: Planned,
    layouts: Layouts,
    profile: DeviceProfile,
    specials: ReadonlyMap<Eqn, SpecialPlan>,
  ) {
    this.#planned = planned;
    this.#layouts = layouts;
    this.#profile = profile;
    this.#specials = specials;
  }

  add(cluster: Cluster, stored: ReadonlySet<Var>): void {
    const { space } = cluster;
    if (space.kind === "solo") return this.#solo(space.eqn);
    if (stored.size === 0 || [...cluster.members].every((v) => sizeOf(v.aval.shape) === 0)) return;
    const { isSoftware } = this.#profile;
    const unit = { planned: this.#planned, cluster, layouts: this.#layouts, stored, isSoftware };
    if (space.kind === "flat") this.#emit([flatKernel(unit)]);
    else if (space.kind === "rows") this.#emit(rowsKernels(unit, space));
    else this.#emit(dotKernels(unit, space.eqn, this.#profile));
  }

  #solo(eqn: Eqn): void {
    if (eqn.outputs.every((v) => sizeOf(v.aval.shape) === 0)) return;
    const special = this.#specials.get(eqn);
    if (special !== undefined) return this.#emit(specialKernels(special, eqn, this.#layouts));
    const operand = (variable: Var): HostOperand => ({
      kind: "array",
      variable,
      storage: this.#layouts.of(variable).storage,
    });
    const inputs = eqn.inputs.map((a) => (a.kind === "literal" ? a : operand(a)));
    this.steps.push({ kind: "host", eqn, inputs, outputs: eqn.outputs.map(operand) });
  }

  #emit(kernels: readonly Emitted[]): void {
    for (const emitted of kernels) this.steps.push({ kind: "kernel", ...emitted });
  }
}

/** Members of each cluster that results or other clusters read. */
const storedMembers = (
  graph: Graph,
  clusters: readonly Cluster[],
): ReadonlyMap<Cluster, ReadonlySet<Var>> => {
  const read = new Set<Var>(clusters.flatMap((cluster) => [...cluster.reads]));
  return new Map(
    clusters.map((cluster) => [
      cluster,
      new Set([...cluster.members].filter((v) => read.has(v) || graph.isResult(v))),
    ]),
  );
};

/** Compiles a program into steps. */
export const buildProgram = (ir: Ir, { name, donated, profile }: BuildOptions): Program => {
  const inputs = [...ir.captures.map((c) => c.variable), ...ir.inputs];
  const specials = new Map<Eqn, SpecialPlan>();
  const hasSpecial = (eqn: Eqn): boolean => specialPlan(eqn, profile) !== undefined;
  const isInput = new Set(inputs);
  const folded = prepare(ir, hasSpecial, (v) => isInput.has(v));
  const graph = new Graph(folded.ir, folded.constants);
  const kinds = new Map<Eqn, Kind>();
  for (const eqn of folded.ir.eqns) {
    const kind = kindOf(eqn, hasSpecial);
    kinds.set(eqn, kind);
    const special = kind === "special" ? specialPlan(eqn, profile) : undefined;
    if (special !== undefined) specials.set(eqn, special);
  }
  const layouts = new OwnLayouts(profile.f16 ? "f16" : "f32");
  const planned = { graph, kinds, arrays: new ArrayChoice(graph, kinds).arrays };
  spaceOperands(planned, layouts);
  const clusters = clustersOf(planned, profile.maxBindings);
  const stored = storedMembers(graph, clusters);
  const builder = new Builder(planned, layouts, profile, specials);
  for (const cluster of clusters) builder.add(cluster, stored.get(cluster) ?? new Set());
  const storageOf = (v: Var): Storage => layouts.of(v).storage;
  const results = folded.ir.outputs.flatMap((atom): readonly Result[] => {
    if (atom.kind === "literal") return [];
    const index = inputs.indexOf(atom);
    return index >= 0
      ? [{ kind: "input", index, aval: atom.aval }]
      : [{ kind: "storage", storage: storageOf(atom), aval: atom.aval }];
  });
  const constants = [...folded.constants].map(([v, array]) => ({ storage: storageOf(v), array }));
  const storages = {
    inputs: inputs.map(storageOf),
    constants: constants.map((c) => c.storage),
    results: results.flatMap((r) => (r.kind === "storage" ? [r.storage] : [])),
  };
  const fixed = new Set([...storages.inputs, ...storages.constants]);
  const steps = groupSteps(builder.steps, { inputs: fixed, results: new Set(storages.results) });
  const task = { ...storages, steps };
  const inPlace = inPlaceResults(task, results, inputs, donated);
  const memory = planMemory({ ...task, inPlace });
  return { name, steps, inputs: task.inputs, constants, results, memory };
};

