import { type Atom, type Eqn, type Ir, type Var } from "../ir/ir.ts";
import { allocate, type HostArray, roundToStorage } from "../host-array.ts";
import { sizeOf } from "../shape.ts";
import { rewriteIr } from "./rewrite.ts";

/** A program with names whose contents are known before it runs. */
export type Folded = { readonly ir: Ir; readonly constants: ReadonlyMap<Var, HostArray> };

/** Larger constants would make compiling slower than computing them at each run. */
const largest = 300_000;

const literalArray = (atom: Extract<Atom, { kind: "literal" }>): HostArray => {
  const data = allocate(atom.aval.dtype, 1);
  data[0] = atom.value;
  return { ...atom.aval, data };
};

/** Repeating values would only take memory. */
const kept: ReadonlySet<string> = new Set(["broadcastTo", "barrier", "stopGradient"]);

const isFoldable = ({ primitive, outputs, params }: Eqn, most: number): boolean =>
  !kept.has(primitive.name) &&
  !("body" in params || "branches" in params || "cond" in params) &&
  outputs.every(({ aval }) => sizeOf(aval.shape) <= most && sizeOf(aval.shape) > 0);

/** Computes what depends on constants alone (masks, index tables) with the reference kernels, up to `most` elements. */
export const foldConstants = (ir: Ir, most: number = largest): Folded => {
  const constants = new Map<Var, HostArray>();
  const read = (atom: Atom): HostArray | undefined =>
    atom.kind === "literal" ? literalArray(atom) : constants.get(atom);
  const folded = rewriteIr(ir, (eqn) => {
    if (!isFoldable(eqn, most)) return undefined;
    const inputs = eqn.inputs.map(read).flatMap((x) => (x === undefined ? [] : [x]));
    if (inputs.length !== eqn.inputs.length) return undefined;
    const results = eqn.primitive.evaluate(inputs, eqn.params).map(roundToStorage);
    const outputs = eqn.outputs.map((v, i): Atom => {
      const result = results[i];
      if (result === undefined) return v;
      if (v.aval.shape.length === 0)
        return { kind: "literal", value: result.data[0] ?? 0, aval: v.aval };
      constants.set(v, result);
      return v;
    });
    return { eqns: [], outputs };
  });
  return { ir: folded, constants };
};
