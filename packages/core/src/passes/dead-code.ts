import type { Eqn, Ir, Var } from "../ir/ir.ts";
import { mapBodies } from "./rewrite.ts";

/** Drops equations that no output depends on. */
export const removeDeadCode = (ir: Ir): Ir => {
  const live = new Set<Var>();
  for (const atom of ir.outputs) if (atom.kind === "var") live.add(atom);
  const kept: Eqn[] = [];
  for (const eqn of ir.eqns.toReversed()) {
    if (!eqn.outputs.some((v) => live.has(v))) continue;
    for (const atom of eqn.inputs) if (atom.kind === "var") live.add(atom);
    kept.push(eqn);
  }
  return mapBodies({ ...ir, eqns: kept.reverse() }, removeDeadCode);
};
