import { checkArrayNans } from "../backend/debug-nans.ts";
import { TracerError } from "../errors.ts";
import { allocate, type HostArray, roundToStorage } from "../host-array.ts";
import type { Atom, Ir, Literal, Var } from "./ir.ts";

const literalArray = ({ aval, value }: Literal): HostArray => {
  const data = allocate(aval.dtype, 1);
  data[0] = value;
  return roundToStorage({ ...aval, data });
};

/** Runs a program with the reference kernels; `inputs` follow `ir.captures` then `ir.inputs`. */
export const evaluateIr = (ir: Ir, inputs: readonly HostArray[]): readonly HostArray[] => {
  const env = new Map<Var, HostArray>();
  [...ir.captures.map((c) => c.variable), ...ir.inputs].forEach((v, i) =>
    bindVar(env, v, inputs[i]),
  );
  const read = (atom: Atom): HostArray =>
    atom.kind === "literal" ? literalArray(atom) : lookup(env, atom);
  for (const { primitive, params, inputs: atoms, outputs, site } of ir.eqns) {
    const results = primitive.evaluate(atoms.map(read), params);
    checkArrayNans(primitive.name, results, site);
    outputs.forEach((v, i) => {
      const result = results[i];
      bindVar(env, v, result && roundToStorage(result));
    });
  }
  return ir.outputs.map(read);
};

const bindVar = (env: Map<Var, HostArray>, variable: Var, value: HostArray | undefined): void => {
  if (value === undefined)
    throw new TracerError({ operation: "evaluateIr", rule: "every name needs a value" });
  env.set(variable, value);
};

const lookup = (env: ReadonlyMap<Var, HostArray>, variable: Var): HostArray => {
  const value = env.get(variable);
  if (value === undefined)
    throw new TracerError({ operation: "evaluateIr", rule: "a name is read before it is set" });
  return value;
};
