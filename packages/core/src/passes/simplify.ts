import { concatenate } from "../ops/join.ts";
import { BackendError } from "../errors.ts";
import { type Eqn, type Ir, type Var } from "../ir/ir.ts";
import { type HostArray } from "../host-array.ts";
import { traceFlat } from "../ir/trace-flat.ts";
import { byRules, type Rule } from "./definitions.ts";
import { dropNeutral, dropPow, mergeFactors } from "./factor-rules.ts";
import { foldDot, swapTransposedDot } from "./fold-dot.ts";
import { dropBroadcast, mergeMovement } from "./movement-rules.ts";
import { joinPaddedSums } from "./padded-sums.ts";
import { mapBodies, rewriteIr } from "./rewrite.ts";
import { mergeSigns, simplifyQuotient, sinkSigns } from "./signs.ts";

const primitivesOf = (ir: Ir): ReadonlyMap<string, Eqn["primitive"]> =>
  new Map(ir.eqns.map((e) => [e.primitive.name, e.primitive]));

/** The primitive that joins arrays, for programs that do not use it themselves. */
const concatenatePrimitive = (): Eqn["primitive"] => {
  const one = { shape: [1], dtype: "float32" as const };
  const [eqn] = traceFlat([one, one], (xs) => [concatenate(xs)]).eqns;
  if (eqn === undefined)
    throw new BackendError({ operation: "compile", rule: "concatenate must be an operation" });
  return eqn.primitive;
};

/**
 * Algebra that changes no result by more than a rounding: fewer operations, operands in the layout they have.
 * `constants` are contents known beforehand; `more` are rules of a backend, tried last.
 */
export const simplify = (
  ir: Ir,
  constants: ReadonlyMap<Var, HostArray> = new Map(),
  more: readonly Rule[] = [],
): Ir => {
  const primitives = primitivesOf(ir);
  const concatenate = primitives.get("concatenate") ?? concatenatePrimitive();
  const rules = [
    dropBroadcast,
    mergeMovement,
    dropNeutral,
    dropPow,
    simplifyQuotient(primitives.get("mul")),
    mergeFactors,
    mergeSigns(primitives),
    sinkSigns,
    joinPaddedSums(concatenate),
    swapTransposedDot,
    foldDot,
    ...more,
  ];
  return mapBodies(rewriteIr(ir, byRules(rules, constants)), (body) =>
    simplify(body, new Map(), more),
  );
};
