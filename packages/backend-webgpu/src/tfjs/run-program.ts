import {
  allocate,
  BackendError,
  type Ir,
  type Literal,
  roundToStorage,
  type Var,
} from "@adjoint/core/backend";
import type { TfjsEngine } from "./engine.ts";
import { runPrimitive } from "./run-primitive.ts";
import type { Steps } from "./steps.ts";
import { Value } from "./value.ts";

/** The values of names while a program runs; each is freed after the equation that reads it last. */
class Names {
  readonly #values = new Map<Var, Value>();

  set(variable: Var, value: Value | undefined): void {
    if (value === undefined)
      throw new BackendError({ operation: "tfjs", rule: "every name needs a value" });
    value.held.own();
    this.#values.set(variable, value);
  }

  get(variable: Var): Value {
    const value = this.#values.get(variable);
    if (value === undefined)
      throw new BackendError({ operation: "tfjs", rule: "a name is read before it is set" });
    return value;
  }

  free(variable: Var): void {
    this.#values.get(variable)?.held.disown();
    this.#values.delete(variable);
  }

  freeAll(): void {
    for (const value of this.#values.values()) value.held.disown();
    this.#values.clear();
  }
}

/** A program, and for each equation the names that nobody reads afterwards. */
export type Program = { readonly ir: Ir; readonly lastUses: readonly (readonly Var[])[] };

/** Prepares a program for `runProgram`. */
export const planProgram = (ir: Ir): Program => {
  const isVar = (atom: Var | Literal): atom is Var => atom.kind === "var";
  const seen = new Set<Var>(ir.outputs.filter(isVar));
  const lastUses = [...ir.eqns].reverse().map(({ inputs, outputs }) => {
    const ended = [...inputs.filter(isVar), ...outputs].filter((name) => !seen.has(name));
    for (const name of ended) seen.add(name);
    return [...new Set(ended)];
  });
  return { ir, lastUses: lastUses.reverse() };
};

const literalValue = (engine: TfjsEngine, { aval, value }: Literal): Value => {
  const data = allocate(aval.dtype, 1);
  data[0] = value;
  return new Value(engine, aval, roundToStorage({ shape: aval.shape, dtype: aval.dtype, data }));
};

/** Runs a program equation by equation; `inputs` follow `ir.captures` then `ir.inputs`. The results are owned once more. */
export function* runProgram(
  engine: TfjsEngine,
  { ir, lastUses }: Program,
  inputs: readonly Value[],
): Steps<readonly Value[]> {
  const names = new Names();
  const literals: Value[] = [];
  const read = (atom: Var | Literal): Value => {
    if (atom.kind === "var") return names.get(atom);
    const value = literalValue(engine, atom);
    value.held.own();
    literals.push(value);
    return value;
  };
  try {
    [...ir.captures.map((c) => c.variable), ...ir.inputs].forEach((v, i) =>
      names.set(v, inputs[i]),
    );
    for (const [i, { primitive, params, inputs: atoms, outputs }] of ir.eqns.entries()) {
      const results = yield* runPrimitive(engine, primitive, atoms.map(read), params);
      outputs.forEach((v, j) => names.set(v, results[j]));
      for (const variable of lastUses[i] ?? []) names.free(variable);
    }
    const results = ir.outputs.map(read);
    for (const value of results) value.held.own();
    return results;
  } finally {
    names.freeAll();
    for (const value of literals) value.held.disown();
  }
}
