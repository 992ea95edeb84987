import { TransformError } from "../errors.ts";
import { applyEqn, Env, readAtom } from "../ir/eval-ir.ts";
import type { Aval } from "../ir/aval.ts";
import type { Atom, Capture, Eqn, Ir, Var } from "../ir/ir.ts";
import { Trace, withTrace } from "../ir/trace.ts";
import type { Tangent, TransposeInput } from "../primitives/primitive.ts";
import { apply, Tensor } from "../tensor.ts";
import { evalJvp } from "./eval-jvp.ts";

/** The tangent half of a linearized program: linear in `inputs`; what it needs of the values is captured. */
export type LinearProgram = {
  readonly inputs: readonly Var[];
  readonly captures: readonly Capture[];
  readonly eqns: readonly Eqn[];
  /** `null` where an output does not depend on the inputs. */
  readonly outputs: readonly (Atom | null)[];
};

/** Values of a program with the linear program of its tangents. */
export type Linearized = { readonly outputs: readonly Tensor[]; readonly program: LinearProgram };

/** Runs a program on values and records the tangents of the inputs marked `active` as a linear program. */
export const linearizeIr = (
  ir: Ir,
  primals: readonly Tensor[],
  active: readonly boolean[],
): Linearized => {
  const trace = new Trace("linear");
  const { outputs, tangents } = withTrace(trace, () => {
    const seeds = primals.map((x, i) =>
      active[i] === true ? Tensor.traced(trace, trace.addInput(x.aval)) : null,
    );
    return evalJvp(ir, primals, seeds, "linearize");
  });
  const atoms = tangents.map((t) => (t === null || t.trace !== trace ? null : trace.atomOf(t)));
  return {
    outputs,
    program: { inputs: trace.inputs, captures: trace.captures(), eqns: trace.eqns, outputs: atoms },
  };
};

/** A tensor of zeros. */
export const zerosOf = ({ shape, dtype }: Aval): Tensor =>
  Tensor.literal(0, dtype).broadcastTo(shape);

type ApplyEqn = (eqn: Eqn, inputs: readonly Tensor[]) => readonly Tensor[];

const walk = (
  program: LinearProgram,
  tangents: readonly Tensor[],
  applyOne: ApplyEqn,
): readonly Tangent[] => {
  const env = new Env<Tensor>();
  for (const { variable, value } of program.captures) env.set(variable, value);
  env.setAll(program.inputs, tangents);
  const read = (atom: Atom): Tensor => readAtom(atom, (v) => env.get(v));
  for (const eqn of program.eqns) env.setAll(eqn.outputs, applyOne(eqn, eqn.inputs.map(read)));
  return program.outputs.map((atom) => (atom === null ? null : read(atom)));
};

/** Runs a linear program forward. */
export const evalLinear = (
  program: LinearProgram,
  tangents: readonly Tensor[],
): readonly Tangent[] => walk(program, tangents, applyEqn);

/** Records a linear program as it is, to be transposed later as the body of a loop or branch. */
export const recordLinear = (
  program: LinearProgram,
  tangents: readonly Tensor[],
): readonly Tangent[] =>
  walk(program, tangents, ({ primitive, params }, inputs) => apply(primitive, inputs, params));

/** Cotangents collected per name. */
class Cotangents {
  readonly #sums = new Map<Var, Tensor>();

  add(variable: Var, cotangent: Tangent | undefined): void {
    if (cotangent === null || cotangent === undefined) return;
    const before = this.#sums.get(variable);
    this.#sums.set(variable, before === undefined ? cotangent : before.add(cotangent));
  }

  of(variable: Var): Tangent {
    return this.#sums.get(variable) ?? null;
  }
}

/** The half of a program that does not depend on its linear inputs, run forward; names left out are linear. */
const runKnown = (program: LinearProgram, known: ReadonlyMap<Var, Tensor>): Map<Var, Tensor> => {
  const values = new Map(known);
  for (const eqn of program.eqns) {
    if (!eqn.inputs.every((a) => a.kind === "literal" || values.has(a))) continue;
    const inputs = eqn.inputs.map((a) => readAtom(a, (v) => valueOf(values, v)));
    applyEqn(eqn, inputs).forEach((value, i) => {
      const variable = eqn.outputs[i];
      if (variable) values.set(variable, value);
    });
  }
  return values;
};

const valueOf = (values: ReadonlyMap<Var, Tensor>, variable: Var): Tensor => {
  const value = values.get(variable);
  if (value) return value;
  throw new TransformError({ operation: "transpose", rule: "a residual is missing" });
};

const transposeInput = (atom: Atom, values: ReadonlyMap<Var, Tensor>): TransposeInput => {
  if (atom.kind === "literal")
    return { linear: false, value: readAtom(atom, (v) => valueOf(values, v)), aval: atom.aval };
  const value = values.get(atom);
  return value ? { linear: false, value, aval: atom.aval } : { linear: true, aval: atom.aval };
};

const transposeEqn = (eqn: Eqn, sums: Cotangents, values: ReadonlyMap<Var, Tensor>): void => {
  const cotangents = eqn.outputs.map((v) => sums.of(v));
  if (cotangents.every((ct) => ct === null)) return;
  const { primitive, params } = eqn;
  if (primitive.transpose === undefined)
    throw new TransformError({
      operation: primitive.name,
      rule: "has no transpose rule, so reverse mode cannot pass through it",
      fix: "use jvp or jacfwd, or give a rule with customVjp",
    });
  const inputs = eqn.inputs.map((atom) => transposeInput(atom, values));
  const results = primitive.transpose(cotangents, inputs, params);
  eqn.inputs.forEach((atom, i) => {
    if (atom.kind === "var" && inputs[i]?.linear === true) sums.add(atom, results[i]);
  });
};

/**
 * Runs a linear program backwards: from cotangents of its outputs to cotangents of its inputs (null for zero).
 * `known` gives values to inputs that are not linear (residuals passed as inputs).
 */
export const transposeLinear = (
  program: LinearProgram,
  cotangents: readonly Tangent[],
  known: ReadonlyMap<Var, Tensor> = new Map<Var, Tensor>(),
): readonly Tangent[] => {
  const values = runKnown(
    program,
    new Map([...known, ...program.captures.map((c) => [c.variable, c.value] as const)]),
  );
  const sums = new Cotangents();
  program.outputs.forEach((atom, i) => {
    if (atom !== null && atom.kind === "var" && !values.has(atom)) sums.add(atom, cotangents[i]);
  });
  for (const eqn of [...program.eqns].reverse())
    if (!eqn.outputs.every((v) => values.has(v))) transposeEqn(eqn, sums, values);
  return program.inputs.map((v) => (values.has(v) ? null : sums.of(v)));
};
