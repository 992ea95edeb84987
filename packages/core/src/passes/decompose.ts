import type { Eqn, Ir } from "../ir/ir.ts";
import { mapBodies, recorded, rewriteIr } from "./rewrite.ts";

/** Primitives that a program never holds as such: a call of their body is all they are. */
const calls: ReadonlySet<string> = new Set(["checkpoint", "customJvp", "customVjp"]);

/** Whether an equation is only a name for what it decomposes to. */
const isCall = ({ primitive }: Eqn): boolean =>
  primitive.decompose !== undefined &&
  (calls.has(primitive.name) || primitive.transparent === true);

/**
 * Replaces calls (`checkpoint`, custom rules) by their bodies, and the operations that `isDecomposed` names by what they
 * decompose to, until none is left.
 */
export const decompose = (ir: Ir, isDecomposed: (eqn: Eqn) => boolean): Ir => {
  const isExpanded = (eqn: Eqn): boolean =>
    isCall(eqn) || (eqn.primitive.decompose !== undefined && isDecomposed(eqn));
  let program = ir;
  while (program.eqns.some(isExpanded))
    program = rewriteIr(program, (eqn) =>
      isExpanded(eqn)
        ? recorded(eqn.inputs, (xs) => eqn.primitive.decompose?.(xs, eqn.params) ?? [])
        : undefined,
    );
  return mapBodies(program, (body) => decompose(body, isDecomposed));
};
