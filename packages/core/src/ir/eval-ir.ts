import { TracerError } from "../errors.ts";
import { apply, Tensor } from "../tensor.ts";
import type { Atom, Eqn, Ir, Var } from "./ir.ts";

/** Values of names while a program is walked. */
export class Env<T> {
  readonly #values = new Map<Var, T>();

  set(variable: Var, value: T | undefined): void {
    if (value === undefined)
      throw new TracerError({ operation: "program", rule: "every name needs a value" });
    this.#values.set(variable, value);
  }

  setAll(variables: readonly Var[], values: readonly (T | undefined)[]): void {
    variables.forEach((variable, i) => this.set(variable, values[i]));
  }

  get(variable: Var): T {
    const value = this.#values.get(variable);
    if (value === undefined)
      throw new TracerError({ operation: "program", rule: "a name was read before it was set" });
    return value;
  }
}

/** The tensor an atom stands for. */
export const readAtom = (atom: Atom, lookup: (variable: Var) => Tensor): Tensor =>
  atom.kind === "literal" ? Tensor.literal(atom.value, atom.aval.dtype) : lookup(atom);

/** Applies the primitive of an equation, or what it decomposes to when it must not be recorded as such. */
export const applyEqn = (
  { primitive, params }: Eqn,
  inputs: readonly Tensor[],
): readonly Tensor[] =>
  primitive.transparent === true && primitive.decompose !== undefined
    ? primitive.decompose(inputs, params)
    : apply(primitive, inputs, params);

/** Runs a program on tensors, traced or not: each equation is applied anew. */
export const evalIr = (ir: Ir, inputs: readonly Tensor[]): readonly Tensor[] => {
  const env = new Env<Tensor>();
  for (const { variable, value } of ir.captures) env.set(variable, value);
  env.setAll(ir.inputs, inputs);
  const read = (atom: Atom): Tensor => readAtom(atom, (v) => env.get(v));
  for (const eqn of ir.eqns) env.setAll(eqn.outputs, applyEqn(eqn, eqn.inputs.map(read)));
  return ir.outputs.map(read);
};
