import { type Eqn, isFloat, sizeOf, type Var } from "@adjoint/core/backend";
import type { Folded } from "@adjoint/core/passes";

/** Arrays with at most this many elements are computed on the host when all they depend on is there before the program runs. */
const smallest = 64;

/** The same for whole numbers and bools: labels, positions and what counts them, with types that kernels cannot add up. */
const smallestIntegers = 4096;

/** Equations that the host runs first. */
export const prologueOf = ({ ir, constants }: Folded, inputs: readonly Var[]): readonly Eqn[] => {
  const small = ({ aval }: Var): boolean =>
    sizeOf(aval.shape) <= (isFloat(aval.dtype) ? smallest : smallestIntegers);
  const known = new Set([...inputs, ...constants.keys()].filter(small));
  const isEarly = (eqn: Eqn): boolean =>
    eqn.inputs.every((a) => a.kind === "literal" || known.has(a)) &&
    eqn.outputs.every(small) &&
    !(
      "alpha" in eqn.params ||
      "body" in eqn.params ||
      "branches" in eqn.params ||
      "cond" in eqn.params
    );
  return ir.eqns.filter((eqn) => {
    const early = isEarly(eqn);
    if (early) for (const v of eqn.outputs) known.add(v);
    return early;
  });
};
