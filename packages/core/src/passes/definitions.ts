import type { Atom, Eqn, Literal, Var } from "../ir/ir.ts";
import type { HostArray } from "../host-array.ts";
import type { Rewrite } from "./rewrite.ts";

/** What is known of the names of a program so far: the equations that set them, and constants. */
export class Definitions {
  readonly #eqns = new Map<Var, Eqn>();
  readonly #constants: ReadonlyMap<Var, HostArray>;

  constructor(constants: ReadonlyMap<Var, HostArray>) {
    this.#constants = constants;
  }

  add(eqn: Eqn): void {
    for (const v of eqn.outputs) this.#eqns.set(v, eqn);
  }

  /** The equation that sets `atom`, when it is of a primitive called `name`. */
  by(atom: Atom | undefined, name: string): Eqn | undefined {
    const eqn = this.of(atom);
    return eqn?.primitive.name === name ? eqn : undefined;
  }

  of(atom: Atom | undefined): Eqn | undefined {
    return atom?.kind === "var" ? this.#eqns.get(atom) : undefined;
  }

  constant(atom: Atom | undefined): HostArray | undefined {
    return atom?.kind === "var" ? this.#constants.get(atom) : undefined;
  }
}

/** A rule that sees what is known of the operands of an equation. */
export type Rule = (eqn: Eqn, definitions: Definitions) => ReturnType<Rewrite>;

/** A rewrite that tries the rules in order on every equation, and keeps track of definitions. */
export const byRules = (
  rules: readonly Rule[],
  constants: ReadonlyMap<Var, HostArray>,
): Rewrite => {
  const definitions = new Definitions(constants);
  return (eqn) => {
    for (const rule of rules) {
      const replacement = rule(eqn, definitions);
      if (replacement === undefined) continue;
      for (const own of replacement.eqns) definitions.add(own);
      return replacement;
    }
    definitions.add(eqn);
    return undefined;
  };
};

/** The first two atoms of a list. */
export const pairOf = (atoms: readonly Atom[]): readonly [Atom, Atom] | undefined => {
  const [a, b] = atoms;
  return a === undefined || b === undefined ? undefined : [a, b];
};

/** Whether `atom` is a scalar constant. */
export const isLiteral = (atom: Atom | undefined): atom is Literal => atom?.kind === "literal";
