import type { Eqn, Ir } from "@adjoint/core/backend";
import { isDecomposed } from "../lower/support.ts";
import { mapBodies, recorded, type Replacement, rewriteIr } from "./rewrite.ts";

const expanded = (eqn: Eqn): Replacement | undefined => {
  const { primitive, params, inputs } = eqn;
  if (!isDecomposed(eqn)) return undefined;
  return recorded(inputs, (xs) => primitive.decompose?.(xs, params) ?? []);
};

const expandAll = (ir: Ir): Ir => {
  let program = ir;
  while (program.eqns.some(isDecomposed)) program = rewriteIr(program, expanded);
  return program;
};

/** Replaces calls (`checkpoint`, custom rules) and operations without a kernel by what they decompose to. */
export const decompose = (ir: Ir): Ir => mapBodies(expandAll(ir), decompose);
