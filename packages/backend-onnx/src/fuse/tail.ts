import { type Eqn, type Ir, sizeOf, Var } from "@adjoint/core/backend";
import { extentOf, isFusible } from "./fusible.ts";

/** A program in two parts: what generated kernels compute at its end, and everything before. */
export type Tail = { readonly head: Ir; readonly eqns: readonly Eqn[] };

/** Below this many element operations a graph is as fast, and needs no memory of its own. */
const leastWork = 1 << 15;

const isWorthIt = (eqns: readonly Eqn[]): boolean =>
  eqns.length > 2 && eqns.reduce((work, eqn) => work + extentOf(eqn), 0) >= leastWork;

/** The equations that kernels can compute and whose results only such equations read. */
const tailOf = (ir: Ir): readonly Eqn[] => {
  const readByGraph = new Set<Var>();
  const tail: Eqn[] = [];
  for (const eqn of ir.eqns.toReversed()) {
    if (isFusible(eqn) && !eqn.outputs.some((v) => readByGraph.has(v))) tail.push(eqn);
    else for (const atom of eqn.inputs) if (atom.kind === "var") readByGraph.add(atom);
  }
  return tail.reverse();
};

/** Names that `eqns` read and do not set. */
export const readBy = (eqns: readonly Eqn[]): readonly Var[] => {
  const made = new Set(eqns.flatMap((e) => e.outputs));
  const read = eqns.flatMap((e) => e.inputs.filter((a) => a instanceof Var));
  return [...new Set(read)].filter((v) => !made.has(v) && sizeOf(v.aval.shape) > 0);
};

/**
 * Cuts off the elementwise end of a program: the update of an optimizer, with the norm of the gradients. A graph passes
 * over memory once an operation there, a kernel once in all.
 */
export const splitTail = (ir: Ir): Tail => {
  const eqns = tailOf(ir);
  if (!isWorthIt(eqns)) return { head: ir, eqns: [] };
  const own = new Set(eqns);
  const rest = ir.eqns.filter((e) => !own.has(e));
  const made = new Set(rest.flatMap((e) => e.outputs));
  const results = ir.outputs.filter((a) => a instanceof Var && made.has(a));
  return {
    head: {
      ...ir,
      eqns: rest,
      outputs: [...new Set([...results, ...readBy(eqns).filter((v) => made.has(v))])],
    },
    eqns,
  };
};
