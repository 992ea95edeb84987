import { type Aval } from "../ir/aval.ts";
import { type Eqn, type Ir } from "../ir/ir.ts";
import { literal } from "../backend/literal.ts";
import { sizeOf } from "../shape.ts";
import { type Tensor } from "../tensor.ts";
import { mapBodies, recorded, type Replacement, rewriteIr } from "./rewrite.ts";

const isEmpty = ({ aval }: { readonly aval: Aval }): boolean => sizeOf(aval.shape) === 0;

/** The operand that the result is a copy of when the other operands are empty. */
const base = (inputs: readonly Tensor[], outputs: readonly Aval[]): readonly Tensor[] =>
  outputs
    .map((aval, i) => inputs[i]?.broadcastTo(aval.shape))
    .flatMap((t) => (t === undefined ? [] : [t]));

const filled = (outputs: readonly Aval[], value: number): readonly Tensor[] =>
  outputs.map((aval) => literal(value, aval.dtype).broadcastTo(aval.shape));

const identities: Readonly<Record<string, number>> = {
  sum: 0,
  prod: 1,
  all: 1,
  any: 0,
  dotGeneral: 0,
  conv: 0,
};

const replacement = (eqn: Eqn): Replacement | undefined => {
  const { primitive, inputs, params } = eqn;
  const outputs = eqn.outputs.map((v) => v.aval);
  const value = identities[primitive.name];
  if (value !== undefined) return recorded(inputs, () => filled(outputs, value));
  if (primitive.name === "pad") return recorded(inputs, (xs) => base(xs.slice(1), outputs));
  const updates =
    primitive.name === "scatter"
      ? inputs[2]
      : primitive.name === "dynamicUpdateSlice"
        ? inputs[1]
        : undefined;
  if (updates !== undefined)
    return isEmpty(updates) ? recorded(inputs, (xs) => base(xs, outputs)) : undefined;
  if (
    primitive.name === "scan" &&
    params["length"] === 0 &&
    typeof params["numConsts"] === "number" &&
    typeof params["numCarry"] === "number"
  ) {
    const { numConsts, numCarry } = params;
    const carry = inputs.slice(numConsts, numConsts + numCarry);
    return { eqns: [], outputs: eqn.outputs.map((v, i) => carry[i] ?? v) };
  }
  return undefined;
};

/**
 * Replaces operations on operands without elements whose result has some: an empty sum is 0, an empty product 1,
 * padding of nothing is the fill value. Kernels are never asked for these.
 */
export const replaceEmpty = (ir: Ir): Ir => {
  const isReplaced = (eqn: Eqn): boolean =>
    (eqn.inputs.some(isEmpty) || eqn.params["length"] === 0) &&
    eqn.outputs.some((v) => !isEmpty(v));
  const rewritten = rewriteIr(ir, (eqn) => (isReplaced(eqn) ? replacement(eqn) : undefined));
  return mapBodies(rewritten, replaceEmpty);
};
