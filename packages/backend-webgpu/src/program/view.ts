import type { Atom, Var } from "@adjoint/core/backend";
import { Affine } from "../address/affine.ts";
import type { Coordinates } from "../address/coordinates.ts";
import { movements } from "../body/movement.ts";
import type { Graph } from "./graph.ts";

/** An element of an operand as an element of the array that it is a view of. */
export type View = { readonly variable: Var; readonly at: Coordinates };

/** Movements through which an element's place stays a sum. */
const plain: ReadonlySet<string> = new Set([
  "broadcastTo",
  "reshape",
  "transpose",
  "slice",
  "split",
]);

/** Follows plain movements from an operand to what they move; undefined when that is a number. */
export const viewOf = (
  graph: Graph,
  atom: Atom,
  at: Coordinates,
  isArray: (variable: Var) => boolean,
): View | undefined => {
  if (atom.kind === "literal") return undefined;
  const definition = graph.definition(atom);
  const rule = definition === undefined ? undefined : movements[definition.eqn.primitive.name];
  if (
    definition === undefined ||
    rule === undefined ||
    isArray(atom) ||
    !plain.has(definition.eqn.primitive.name)
  )
    return { variable: atom, at };
  let view: View | undefined;
  const write = {
    value: (source: Atom, place: Coordinates): string => {
      view = viewOf(graph, source, place, isArray);
      return "";
    },
    name: (expression: string): string => expression,
  };
  rule(definition.eqn, at, write, definition.index);
  return view;
};

/** The array at the end of plain movements from `atom`, wherever its elements are. */
export const sourceOf = (
  graph: Graph,
  atom: Atom,
  isArray: (variable: Var) => boolean,
): Var | undefined =>
  viewOf(
    graph,
    atom,
    atom.aval.shape.map((d, i) => Affine.variable(`a${i}`, Math.max(1, d))),
    isArray,
  )?.variable;
