import { type Atom, type Eqn, type Ir, isIr, type Var } from "../ir/ir.ts";
import { type Params } from "../primitives/primitive.ts";
import { type Tensor } from "../tensor.ts";
import { traceFlat } from "../ir/trace-flat.ts";

/** What stands in for an equation: other equations, and the atoms its outputs become. */
export type Replacement = { readonly eqns: readonly Eqn[]; readonly outputs: readonly Atom[] };

/** Gives the replacement of an equation, or undefined to keep it. */
export type Rewrite = (eqn: Eqn) => Replacement | undefined;

/** Atoms that stand for names. */
class Substitution {
  readonly #atoms = new Map<Var, Atom>();

  set(variable: Var, atom: Atom | undefined): void {
    if (atom !== undefined) this.#atoms.set(variable, atom);
  }

  of(atom: Atom): Atom {
    return atom.kind === "var" ? (this.#atoms.get(atom) ?? atom) : atom;
  }
}

/** A program with every equation offered to `rewrite`, in order, its inputs already replaced. */
export const rewriteIr = (ir: Ir, rewrite: Rewrite): Ir => {
  const substitution = new Substitution();
  const eqns: Eqn[] = [];
  for (const original of ir.eqns) {
    const eqn = { ...original, inputs: original.inputs.map((a) => substitution.of(a)) };
    const replacement = rewrite(eqn);
    if (replacement === undefined) eqns.push(eqn);
    else {
      for (const own of replacement.eqns) eqns.push(own);
      eqn.outputs.forEach((v, i) => substitution.set(v, replacement.outputs[i]));
    }
  }
  return { ...ir, eqns, outputs: ir.outputs.map((a) => substitution.of(a)) };
};

/** The equations of a program just recorded, reading `inputs`. */
export const spliced = (ir: Ir, inputs: readonly Atom[]): Replacement => {
  const substitution = new Substitution();
  ir.inputs.forEach((v, i) => substitution.set(v, inputs[i]));
  const eqns = ir.eqns.map((eqn) => ({
    ...eqn,
    inputs: eqn.inputs.map((a) => substitution.of(a)),
  }));
  return { eqns, outputs: ir.outputs.map((a) => substitution.of(a)) };
};

/** What `fn` records for operands like the inputs of `eqn`. */
export const recorded = (
  inputs: readonly Atom[],
  fn: (inputs: readonly Tensor[]) => readonly Tensor[],
): Replacement =>
  spliced(
    traceFlat(
      inputs.map((a) => a.aval),
      fn,
    ),
    inputs,
  );

const mapParam = (value: unknown, fn: (ir: Ir) => Ir): unknown => {
  if (isIr(value)) return fn(value);
  return Array.isArray(value) && value.length > 0 && value.every(isIr) ? value.map(fn) : value;
};

const hasBody = (params: Params): boolean =>
  Object.values(params).some((v) => isIr(v) || (Array.isArray(v) && v.some(isIr)));

/** The program with `fn` applied to the programs among the parameters of its equations. */
export const mapBodies = (ir: Ir, fn: (ir: Ir) => Ir): Ir => {
  if (!ir.eqns.some((eqn) => hasBody(eqn.params))) return ir;
  const eqns = ir.eqns.map((eqn) => {
    if (!hasBody(eqn.params)) return eqn;
    const params = Object.fromEntries(
      Object.entries(eqn.params).map(([k, v]) => [k, mapParam(v, fn)]),
    );
    return { ...eqn, params };
  });
  return { ...ir, eqns };
};

/** Only a renaming: the outputs become other atoms. */
export const becomes = (...outputs: readonly Atom[]): Replacement => ({ eqns: [], outputs });

/** The same results from an equation with other operands or parameters. */
export const changed = (eqn: Eqn, change: Partial<Eqn>): Replacement => ({
  eqns: [{ ...eqn, ...change }],
  outputs: eqn.outputs,
});
