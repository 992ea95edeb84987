import { makeIr, type Tensor } from "@adjoint/core";
import { type Ir, isIr } from "@adjoint/core/backend";
import { withDerivatives } from "./checks/compiling.ts";
import { orderOf } from "./checks/derivatives.ts";
import { tensorsOf } from "./checks/values.ts";
import type { Case, Row } from "./row.ts";

const collect = (ir: Ir, names: Set<string>): void => {
  for (const { primitive, params } of ir.eqns) {
    names.add(primitive.name);
    for (const value of Object.values(params).flat()) if (isIr(value)) collect(value, names);
  }
};

const trace = (c: Case, order: number, names: Set<string>): void => {
  const program = withDerivatives(c, order);
  collect(makeIr((...xs: readonly Tensor[]) => program(...xs))(...tensorsOf(c.args)), names);
};

/** Names of the primitives in the programs of a row; with `derivatives`, in those of their derivatives too. */
export const primitivesOf = (row: Row, derivatives = false): ReadonlySet<string> => {
  const names = new Set<string>();
  for (const c of row.cases) trace(c, derivatives ? Math.min(1, orderOf(c)) : 0, names);
  return names;
};
