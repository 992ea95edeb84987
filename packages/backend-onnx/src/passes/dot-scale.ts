import { type Eqn, type Ir, Var } from "@adjoint/core/backend";
import {
  byRules,
  type Definitions,
  type Rule,
  scaledBy,
  mapBodies,
  rewriteIr,
} from "@adjoint/core/passes";

/** How often each name is read, results of the program included. */
const countReads = (ir: Ir): ReadonlyMap<Var, number> => {
  const counts = new Map<Var, number>();
  const count = (v: unknown): void => {
    if (v instanceof Var) counts.set(v, (counts.get(v) ?? 0) + 1);
  };
  ir.outputs.forEach(count);
  for (const eqn of ir.eqns) eqn.inputs.forEach(count);
  return counts;
};

const alphaOf = ({ params }: Eqn): number =>
  typeof params["alpha"] === "number" ? params["alpha"] : 1;

const scaled = (eqn: Eqn, dot: Eqn, factor: number): ReturnType<Rule> => ({
  eqns: [
    {
      ...dot,
      params: { ...dot.params, alpha: Math.fround(alphaOf(dot) * factor) },
      outputs: eqn.outputs,
    },
  ],
  outputs: eqn.outputs,
});

/** Factors that neither overflow nor vanish on the way; one of 0 would hide a NaN. */
const isModest = (factor: number): boolean => Math.abs(factor) > 1e-6 && Math.abs(factor) < 1e6;

const isFloat32 = (eqn: Eqn): boolean => eqn.outputs[0]?.aval.dtype === "float32";

/** Products of matrices take in factors on their result and on their operands: the kernels scale while they write. */
const scaleDots =
  (reads: ReadonlyMap<Var, number>): Rule =>
  (eqn, definitions: Definitions) => {
    if (!isFloat32(eqn)) return undefined;
    const outer = scaledBy(eqn);
    const dot = definitions.by(outer?.x, "dotGeneral");
    const [result] = dot?.outputs ?? [];
    if (
      outer !== undefined &&
      dot !== undefined &&
      result !== undefined &&
      reads.get(result) === 1 &&
      isModest(outer.factor)
    )
      return scaled(eqn, dot, outer.factor);
    if (eqn.primitive.name !== "dotGeneral") return undefined;
    const at = eqn.inputs.findIndex((a) => scaledBy(definitions.of(a)) !== undefined);
    const inner = scaledBy(definitions.of(eqn.inputs[at]));
    if (inner === undefined || !isModest(inner.factor)) return undefined;
    return scaled(
      eqn,
      { ...eqn, inputs: eqn.inputs.map((a, i) => (i === at ? inner.x : a)) },
      inner.factor,
    );
  };

/** Applies `scaleDots` to a program and the programs inside it. */
export const scaleProducts = (ir: Ir): Ir =>
  mapBodies(rewriteIr(ir, byRules([scaleDots(countReads(ir))], new Map())), scaleProducts);
