import type { Atom, Eqn, HostArray, Ir, Var } from "@adjoint/core/backend";

/** Where a name comes from: output `index` of an equation. */
export type Definition = { readonly eqn: Eqn; readonly index: number };

/** A program with what kernels ask of it: who sets a name and who reads it. */
export class Graph {
  readonly ir: Ir;
  /** Contents known before the program runs. */
  readonly constants: ReadonlyMap<Var, HostArray>;
  readonly #definitions = new Map<Var, Definition>();
  readonly #readers = new Map<Var, Eqn[]>();
  readonly #ids = new Map<Var, number>();
  readonly #results: ReadonlySet<Atom>;

  constructor(ir: Ir, constants: ReadonlyMap<Var, HostArray>) {
    this.ir = ir;
    this.constants = constants;
    this.#results = new Set(ir.outputs);
    for (const eqn of ir.eqns) {
      eqn.outputs.forEach((v, index) => this.#definitions.set(v, { eqn, index }));
      for (const atom of new Set(eqn.inputs)) if (atom.kind === "var") this.#note(atom, eqn);
    }
  }

  #note(variable: Var, eqn: Eqn): void {
    const readers = this.#readers.get(variable);
    if (readers === undefined) this.#readers.set(variable, [eqn]);
    else readers.push(eqn);
  }

  /** The equation that sets a name; undefined for inputs, captures and constants. */
  definition(variable: Var): Definition | undefined {
    return this.#definitions.get(variable);
  }

  /** The equation that sets a name, for names that have one. */
  equation(variable: Var): Eqn {
    const definition = this.#definitions.get(variable);
    if (definition === undefined) throw new RangeError("an input has no equation");
    return definition.eqn;
  }

  readers(variable: Var): readonly Eqn[] {
    return this.#readers.get(variable) ?? [];
  }

  isResult(variable: Var): boolean {
    return this.#results.has(variable);
  }

  /** A small number that stands for a name in generated text. */
  id(variable: Var): number {
    const known = this.#ids.get(variable) ?? this.#ids.size;
    this.#ids.set(variable, known);
    return known;
  }
}
