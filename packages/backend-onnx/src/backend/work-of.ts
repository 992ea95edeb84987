import { type Aval, type Eqn, type Ir, isIr, type Params, sizeOf } from "@adjoint/core/backend";
import { axisPairParam } from "@adjoint/core/passes";

const size = (aval: Aval | undefined): number => sizeOf(aval?.shape ?? []);

/** Products of numbers that an element of a result takes at most. */
const depthOf = ({ primitive, params, inputs }: Eqn): number => {
  const [x, w] = inputs.map(({ aval }) => aval);
  if (primitive.name === "dotGeneral")
    return axisPairParam(params, "contract").left.reduce((n, i) => n * (x?.shape[i] ?? 1), 1);
  if (primitive.name === "attention") return 2 * (w?.shape.at(-2) ?? 1);
  return primitive.name === "conv" ? size(w) / Math.max(1, w?.shape[0] ?? 1) : 1;
};

const bodiesOf = (params: Params): readonly Ir[] =>
  Object.values(params).flatMap((value) => (Array.isArray(value) ? value : [value]).filter(isIr));

/** How many numbers equations compute, and multiply for products: what is to be divided among threads. */
export const workOf = (eqns: readonly Eqn[]): number =>
  eqns.reduce((total, eqn) => {
    const own = eqn.outputs.reduce((n, v) => n + size(v.aval), 0) * depthOf(eqn);
    const turns = typeof eqn.params["length"] === "number" ? eqn.params["length"] : 1;
    return total + own + bodiesOf(eqn.params).reduce((n, ir) => n + turns * workOf(ir.eqns), 0);
  }, 0);
