import { type Atom, type Eqn, type Ir, sizeOf, type Var } from "@adjoint/core/backend";
import { runsOnHost } from "../lower/support.ts";
import { randomEquations } from "../fuse/random-equations.ts";
import type { Folded } from "@adjoint/core/passes";

/** Who runs a part of a program. */
export type SegmentKind = "onnx" | "host";

/** A part of a program that runs in one go. */
export type Segment = {
  readonly kind: SegmentKind;
  readonly eqns: readonly Eqn[];
  /** Names it reads from the program's inputs or from earlier parts. */
  readonly inputs: readonly Var[];
  /** Names that later parts or the program's outputs read. */
  readonly outputs: readonly Var[];
};

const kinds: readonly SegmentKind[] = ["onnx", "host"];

/** Whether a value has elements; values without need no computing. */
export const hasElements = (variable: Var): boolean => sizeOf(variable.aval.shape) !== 0;

const isRead = (atom: Atom): atom is Var => atom.kind === "var" && hasElements(atom);

/** Stage of what is there before a program runs: the host may work on it before ONNX Runtime does. */
const first = -1;

const kindAt = (stage: number): SegmentKind => kinds[(stage - first + 1) % kinds.length] ?? "onnx";

/** Stage of every equation: kinds alternate, and each runs as early as its operands allow. */
const stagesOf = (ir: Ir, kindOf: (eqn: Eqn) => SegmentKind): ReadonlyMap<Eqn, number> => {
  const stageOf = new Map<Var, number>();
  const stages = new Map<Eqn, number>();
  for (const eqn of ir.eqns) {
    const earliest = Math.max(
      first,
      ...eqn.inputs.map((a) => (a.kind === "var" ? (stageOf.get(a) ?? first) : first)),
    );
    const stage = kindAt(earliest) === kindOf(eqn) ? earliest : earliest + 1;
    stages.set(eqn, stage);
    for (const v of eqn.outputs) stageOf.set(v, stage);
  }
  return stages;
};

const unique = <T>(list: readonly T[]): readonly T[] => [...new Set(list)];

type Outside = {
  readonly isConstant: (v: Var) => boolean;
  readonly readElsewhere: (v: Var, own: ReadonlySet<Eqn>) => boolean;
};

const segmentOf = (
  kind: SegmentKind,
  eqns: readonly Eqn[],
  { isConstant, readElsewhere }: Outside,
): Segment => {
  const own = new Set(eqns);
  const made = new Set(eqns.flatMap((e) => e.outputs));
  const inputs = unique(eqns.flatMap((e) => e.inputs.filter(isRead))).filter(
    (v) => !made.has(v) && !isConstant(v),
  );
  return {
    kind,
    eqns,
    inputs,
    outputs: [...made].filter((v) => hasElements(v) && readElsewhere(v, own)),
  };
};

/**
 * Cuts a program into parts for ONNX Runtime and parts for the host, as few as the order allows. The equations of
 * `tail` run after all of them.
 */
export const segmentsOf = (
  { ir, constants }: Folded,
  tail: ReadonlySet<Eqn>,
): readonly Segment[] => {
  const random = randomEquations(ir, constants.keys());
  const stages = stagesOf(ir, (e) => (random.has(e) || runsOnHost(e) ? "host" : "onnx"));
  const readers = new Map<Var, Eqn[]>();
  for (const eqn of ir.eqns)
    for (const a of eqn.inputs)
      if (a.kind === "var") readers.set(a, [...(readers.get(a) ?? []), eqn]);
  const results = new Set(ir.outputs.filter((a) => a.kind === "var"));
  const readElsewhere = (v: Var, own: ReadonlySet<Eqn>): boolean =>
    results.has(v) || (readers.get(v) ?? []).some((e) => !own.has(e));
  const byStage = new Map<number, Eqn[]>();
  for (const eqn of ir.eqns.filter((e) => !tail.has(e) && e.outputs.some(hasElements))) {
    const stage = stages.get(eqn) ?? 0;
    byStage.set(stage, [...(byStage.get(stage) ?? []), eqn]);
  }
  return [...byStage]
    .sort(([a], [b]) => a - b)
    .map(([stage, eqns]) =>
      segmentOf(kindAt(stage), eqns, {
        isConstant: (v) => constants.has(v),
        readElsewhere,
      }),
    );
};
