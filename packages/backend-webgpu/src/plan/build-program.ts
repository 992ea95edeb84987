import { type Atom, type Eqn, type Ir, sizeOf, type Var } from "@adjoint/core/backend";
import type { DeviceProfile } from "../device/profile.ts";
import type { Layouts, Storage } from "../emit/arrays.ts";
import { attentionKernels, unevenOperands } from "../emit/attention-kernels.ts";
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
import type { ChooseVariant } from "../tune/product.ts";
import { ArrayChoice } from "./arrays.ts";
import type { Cluster, Planned } from "./cluster.ts";
import { clustersOf } from "./clusters.ts";
import { ArrayLayouts, placeCopies } from "./layouts.ts";
import { planMemory } from "./memory.ts";
import { specialPlan } from "./special-plan-of.ts";
import { groupSteps } from "./grouping.ts";
import { type BuildNested, controlStep } from "./control-steps.ts";
import { operandReads } from "./reads.ts";
import { inPlaceResults } from "./in-place.ts";
import type { Program, Result } from "./program.ts";
import type { HostOperand, Step } from "./step.ts";

/** How a program is to be compiled. */
export type BuildOptions = {
  readonly name: string;
  /** For each capture and input: whether its storage may be reused. */
  readonly donated: readonly boolean[];
  readonly profile: DeviceProfile;
  /** Picks the kernels of matrix products; the best guess where it is left out. */
  readonly choose?: ChooseVariant | undefined;
  /** Whether control flow of another program runs it: then each result is an array of its own. */
  readonly isNested?: boolean;
};

/** Operands of products and of attention that are not evenly spaced are copied into arrays that are. */
const spaceOperands = (
  planned: Planned & { readonly arrays: Set<Var> },
  layouts: Layouts,
): void => {
  const source = { planned, layouts };
  for (const eqn of planned.graph.ir.eqns)
    for (const atom of unevenIn(source, eqn)) if (atom.kind === "var") planned.arrays.add(atom);
};

/** Operands of a product or of attention that are not evenly spaced in storage. */
const unevenIn = (
  source: { readonly planned: Planned; readonly layouts: Layouts },
  eqn: Eqn,
): readonly Atom[] => {
  const kind = source.planned.kinds.get(eqn);
  if (kind === "dot")
    return eqn.inputs.filter((_, i) => operandViews(source, eqn)[i] === undefined);
  return kind === "attention" ? unevenOperands(source, eqn) : [];
};

/** Products and attention by the arrays that they read through views. */
const viewersOf = (planned: Planned): ReadonlyMap<Var, readonly Eqn[]> => {
  const viewers = new Map<Var, Eqn[]>();
  for (const eqn of planned.graph.ir.eqns) {
    const kind = planned.kinds.get(eqn);
    if (kind !== "dot" && kind !== "attention") continue;
    for (const v of new Set([...operandReads(planned, eqn), ...eqn.outputs])) {
      const known = viewers.get(v);
      if (known === undefined) viewers.set(v, [eqn]);
      else known.push(eqn);
    }
  }
  return viewers;
};

class Builder {
  readonly steps: Step[] = [];
  readonly #planned: Planned;
  readonly #layouts: Layouts;
  readonly #profile: DeviceProfile;
  readonly #specials: ReadonlyMap<Eqn, SpecialPlan>;
  readonly #nested: BuildNested;
  readonly #choose: ChooseVariant | undefined;

  constructor(
    planned: Planned,
    layouts: Layouts,
    profile: DeviceProfile,
    specials: ReadonlyMap<Eqn, SpecialPlan>,
    nested: BuildNested,
    choose: ChooseVariant | undefined,
  ) {
    this.#planned = planned;
    this.#layouts = layouts;
    this.#profile = profile;
    this.#specials = specials;
    this.#nested = nested;
    this.#choose = choose;
  }

  add(cluster: Cluster, stored: ReadonlySet<Var>): void {
    const { space } = cluster;
    if (space.kind === "solo") return this.#solo(space.eqn);
    if (stored.size === 0 || [...cluster.members].every((v) => sizeOf(v.aval.shape) === 0)) return;
    const { isSoftware } = this.#profile;
    const unit = { planned: this.#planned, cluster, layouts: this.#layouts, stored, isSoftware };
    if (space.kind === "flat") this.#emit([flatKernel(unit)]);
    else if (space.kind === "rows") this.#emit(rowsKernels(unit, space));
    else this.#emit(dotKernels(unit, space.eqn, this.#profile, this.#choose));
  }

  #solo(eqn: Eqn): void {
    if (eqn.outputs.every((v) => sizeOf(v.aval.shape) === 0)) return;
    if (this.#planned.kinds.get(eqn) === "attention") {
      const source = { planned: this.#planned, layouts: this.#layouts };
      return this.#emit(attentionKernels(source, eqn, this.#profile));
    }
    if (this.#planned.kinds.get(eqn) === "loop") {
      this.steps.push(controlStep(eqn, this.#layouts, this.#nested));
      return;
    }
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
export const buildProgram = (
  ir: Ir,
  { name, donated, profile, choose, isNested = false }: BuildOptions,
): Program => {
  const inputs = [...ir.captures.map((c) => c.variable), ...ir.inputs];
  const specials = new Map<Eqn, SpecialPlan>();
  const hasSpecial = (eqn: Eqn): boolean => specialPlan(eqn, profile) !== undefined;
  const device = { hasSpecial, f16: profile.f16, maxBindings: profile.maxBindings };
  const isInput = new Set(inputs);
  const folded = prepare(ir, device, (v) => !isNested && isInput.has(v));
  const graph = new Graph(folded.ir, folded.constants);
  const kinds = new Map<Eqn, Kind>();
  for (const eqn of folded.ir.eqns) {
    const kind = kindOf(eqn, device);
    kinds.set(eqn, kind);
    const special = kind === "special" ? specialPlan(eqn, profile) : undefined;
    if (special !== undefined) specials.set(eqn, special);
  }
  const layouts = new ArrayLayouts(profile.f16 ? "f16" : "f32");
  const choice = new ArrayChoice(graph, kinds, profile.maxBindings);
  const costOf = (v: Var): number => choice.costOf(v);
  const planned = { graph, kinds, arrays: choice.arrays, costOf };
  spaceOperands(planned, layouts);
  const all = clustersOf(planned, profile.maxBindings);
  const stored = storedMembers(graph, all);
  const viewers = viewersOf(planned);
  const isReadable = (v: Var): boolean =>
    (viewers.get(v) ?? []).every((eqn) => unevenIn({ planned, layouts }, eqn).length === 0);
  const clusters = placeCopies(planned, all, layouts, isReadable);
  const nested: BuildNested = (body, part) =>
    buildProgram(body, { name: `${name}: ${part}`, donated: [], profile, choose, isNested: true });
  const builder = new Builder(planned, layouts, profile, specials, nested, choose);
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
  return { name, isNested, steps, inputs: task.inputs, constants, results, memory };
};
