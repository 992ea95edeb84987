import { type Atom, type Eqn, type Ir, Var } from "@adjoint/core/backend";
import { rowAxis } from "../lower/dynamic-slice.ts";

const shapeOf = (atom: Atom | undefined): readonly number[] => atom?.aval.shape ?? [];

const writesRows = ({ primitive, inputs: [x, update] }: Eqn): boolean =>
  primitive.name === "dynamicUpdateSlice" && rowAxis(shapeOf(x), shapeOf(update)) !== undefined;

/**
 * Results of a program that can be written where one of its donated inputs is, as keys and values of earlier tokens: rows are written
 * into the input, which is read by nothing else. Gives the input of each.
 */
export const updatesInPlace = (
  { eqns, outputs }: Ir,
  donated: ReadonlySet<Var>,
): ReadonlyMap<Var, Var> => {
  const reads = new Map<Atom, number>();
  for (const atom of [...outputs, ...eqns.flatMap(({ inputs }) => inputs)])
    reads.set(atom, (reads.get(atom) ?? 0) + 1);
  const results = new Set<Atom>(outputs);
  return new Map(
    eqns.filter(writesRows).flatMap(({ inputs: [x], outputs: [y] }) => {
      if (!(x instanceof Var) || y === undefined) return [];
      return donated.has(x) && reads.get(x) === 1 && results.has(y) ? [[y, x]] : [];
    }),
  );
};
