import type { Atom, Eqn, Ir, Var } from "../ir/ir.ts";
import { paramsKey } from "./params-key.ts";
import { mapBodies, rewriteIr } from "./rewrite.ts";

/** Numbers names in the order they are met. */
class Numbering {
  readonly #numbers = new Map<Var, number>();

  of(variable: Var): number {
    const known = this.#numbers.get(variable) ?? this.#numbers.size;
    this.#numbers.set(variable, known);
    return known;
  }
}

/** Merges equations that compute the same; a `barrier` keeps a recomputation apart from what it recomputes. */
export const mergeCommon = (ir: Ir): Ir => {
  const known = new Map<string, Eqn>();
  const numbering = new Numbering();
  const keyOf = (atom: Atom): string =>
    atom.kind === "var"
      ? `v${numbering.of(atom)}`
      : `${Object.is(atom.value, -0) ? "-0" : atom.value}:${atom.aval.dtype}`;
  const merged = rewriteIr(ir, (eqn) => {
    if (eqn.primitive.name === "barrier") return undefined;
    const key = `${eqn.primitive.name}${paramsKey(eqn.params)}(${eqn.inputs.map(keyOf).join()})`;
    const earlier = known.get(key);
    if (earlier === undefined) known.set(key, eqn);
    return earlier === undefined ? undefined : { eqns: [], outputs: earlier.outputs };
  });
  return mapBodies(merged, mergeCommon);
};
