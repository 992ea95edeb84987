import type { Atom, Eqn, Var } from "@adjoint/core/backend";
import type { Affine } from "../address/affine.ts";
import { flatOf } from "../address/coordinates.ts";
import { Body } from "../body/body.ts";
import { sourceOf } from "../program/view.ts";
import type { Planned } from "./cluster.ts";
import {
  columnIndex,
  type Depth,
  depthIn,
  memberAt,
  reducedAt,
  rowIndex,
  type Space,
} from "./space.ts";

/** An element of an array that the computation of a name reads, as a flat index. */
export type ElementRead = { readonly variable: Var; readonly flat: Affine };

/** Whether a name is set by a reduction. */
export const isReduction = ({ kinds, graph }: Planned, variable: Var): boolean => {
  const definition = graph.definition(variable);
  return definition !== undefined && kinds.get(definition.eqn) === "reduction";
};

/** Where a member's expression is evaluated: itself, or what it reduces. */
export const expressionOf = (
  planned: Planned,
  variable: Var,
  space: Space,
  depth: Depth,
): { readonly atom: Atom; readonly at: readonly Affine[] } => {
  const isReduced = isReduction(planned, variable);
  const [operand] = isReduced ? planned.graph.equation(variable).inputs : [];
  if (operand === undefined || space.kind !== "rows")
    return { atom: variable, at: memberAt(space, variable, depth) };
  const { shape } = operand.aval;
  const own = space.shape.join() === shape.join();
  return { atom: operand, at: own ? reducedAt(space) : memberAt(space, operand, "element") };
};

/** Elements that computing `variable` in `space` reads. */
export const elementReads = (
  planned: Planned,
  variable: Var,
  space: Space,
): readonly ElementRead[] => {
  const reads: ElementRead[] = [];
  const { atom, at } = expressionOf(
    planned,
    variable,
    space,
    depthIn(space, variable) ?? "element",
  );
  const body = new Body(planned.graph, (v, place) => {
    if (v === variable || !planned.arrays.has(v)) return undefined;
    reads.push({ variable: v, flat: flatOf(place, v.aval.shape) });
    return `a${planned.graph.id(v)}_${reads.length}`;
  });
  body.variable(rowIndex, 0);
  body.variable(columnIndex, 1);
  body.value(atom, at);
  return reads;
};

/** Arrays that an equation with kernels of its own reads. */
export const operandReads = ({ graph, kinds, arrays }: Planned, eqn: Eqn): readonly Var[] => {
  const sees = kinds.get(eqn) === "dot" || kinds.get(eqn) === "attention";
  return eqn.inputs.flatMap((atom) => {
    if (atom.kind === "literal") return [];
    if (arrays.has(atom) || !sees) return [atom];
    return sourceOf(graph, atom, (v) => arrays.has(v)) ?? [];
  });
};
