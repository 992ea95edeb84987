import { Env, readAtom } from "../ir/eval-ir.ts";
import type { Atom, Eqn, Ir } from "../ir/ir.ts";
import type { Batched, MappedAxis } from "../primitives/primitive.ts";
import { apply, type Tensor } from "../tensor.ts";

const batchEqn = (
  eqn: Eqn,
  inputs: readonly Tensor[],
  batched: readonly boolean[],
  axis: MappedAxis,
): Batched => {
  const { primitive, params } = eqn;
  if (batched.some(Boolean) || primitive.collective === true)
    return primitive.vmap(inputs, batched, params, axis);
  const outputs = apply(primitive, inputs, params);
  return { outputs, batched: outputs.map(() => false) };
};

/** Runs a program on inputs of which those marked `batched` carry the mapped axis in front. */
export const evalBatched = (
  ir: Ir,
  inputs: readonly Tensor[],
  batched: readonly boolean[],
  axis: MappedAxis,
): Batched => {
  const values = new Env<Tensor>();
  const flags = new Env<boolean>();
  for (const { variable, value } of ir.captures) {
    values.set(variable, value);
    flags.set(variable, false);
  }
  values.setAll(ir.inputs, inputs);
  flags.setAll(ir.inputs, batched);
  const read = (atom: Atom): Tensor => readAtom(atom, (v) => values.get(v));
  const flag = (atom: Atom): boolean => atom.kind === "var" && flags.get(atom);
  for (const eqn of ir.eqns) {
    const result = batchEqn(eqn, eqn.inputs.map(read), eqn.inputs.map(flag), axis);
    values.setAll(eqn.outputs, result.outputs);
    flags.setAll(eqn.outputs, result.batched);
  }
  return { outputs: ir.outputs.map(read), batched: ir.outputs.map(flag) };
};

/** `x` with the mapped axis in front, repeated when it does not have it yet. */
export const withBatchAxis = (x: Tensor, batched: boolean, { size }: MappedAxis): Tensor =>
  batched ? x : x.broadcastTo([size, ...x.shape]);
