import { isFloat } from "../dtype.ts";
import { TransformError } from "../errors.ts";
import { Env, readAtom } from "../ir/eval-ir.ts";
import type { Atom, Eqn, Ir } from "../ir/ir.ts";
import type { Dual, Tangent } from "../primitives/primitive.ts";
import { apply, type Tensor } from "../tensor.ts";

/** `jvp` computes tangents beside values; `linearize` keeps them in a linear trace of their own. */
export type TangentMode = "jvp" | "linearize";

const noRule = (name: string): TransformError =>
  new TransformError({
    operation: name,
    rule: "has no derivative rule",
    fix: "wrap it in stopGradient, or give a rule with customJvp",
  });

const dualOfEqn = (
  eqn: Eqn,
  inputs: readonly Tensor[],
  tangents: readonly Tangent[],
  mode: TangentMode,
): Dual => {
  const { primitive, params } = eqn;
  if (mode === "linearize" && primitive.linearize)
    return primitive.linearize(inputs, tangents, params);
  if (primitive.jointJvp) return primitive.jointJvp(inputs, tangents, params);
  const outputs = apply(primitive, inputs, params);
  if (!outputs.some((y) => isFloat(y.dtype))) return { outputs, tangents: outputs.map(() => null) };
  if (primitive.jvp === undefined) throw noRule(primitive.name);
  return { outputs, tangents: primitive.jvp(inputs, tangents, outputs, params) };
};

const withoutIntegers = ({ outputs, tangents }: Dual): Dual => ({
  outputs,
  tangents: outputs.map((y, i) => (isFloat(y.dtype) ? (tangents[i] ?? null) : null)),
});

const stepOf = (
  eqn: Eqn,
  inputs: readonly Tensor[],
  tangents: readonly Tangent[],
  mode: TangentMode,
): Dual => {
  if (tangents.some((t) => t !== null))
    return withoutIntegers(dualOfEqn(eqn, inputs, tangents, mode));
  const outputs = apply(eqn.primitive, inputs, eqn.params);
  return { outputs, tangents: outputs.map(() => null) };
};

/** Runs a program on values and tangents together: each equation by its derivative rule. */
export const evalJvp = (
  ir: Ir,
  primals: readonly Tensor[],
  tangents: readonly Tangent[],
  mode: TangentMode,
): Dual => {
  const values = new Env<Tensor>();
  const slopes = new Env<Tangent>();
  for (const { variable, value } of ir.captures) {
    values.set(variable, value);
    slopes.set(variable, null);
  }
  values.setAll(ir.inputs, primals);
  slopes.setAll(ir.inputs, tangents);
  const read = (atom: Atom): Tensor => readAtom(atom, (v) => values.get(v));
  const slope = (atom: Atom): Tangent => (atom.kind === "literal" ? null : slopes.get(atom));
  for (const eqn of ir.eqns) {
    const dual = stepOf(eqn, eqn.inputs.map(read), eqn.inputs.map(slope), mode);
    values.setAll(eqn.outputs, dual.outputs);
    slopes.setAll(eqn.outputs, dual.tangents);
  }
  return { outputs: ir.outputs.map(read), tangents: ir.outputs.map(slope) };
};
