import { type Atom, type Eqn, Var } from "../ir/ir.ts";
import { isFloat } from "../dtype.ts";
import { isLiteral, pairOf, type Rule } from "./definitions.ts";
import { changed, type Replacement } from "./rewrite.ts";

/** Operations that a sign passes through exactly, whichever operand (or the only one) it stands on. */
const linear: ReadonlySet<string> = new Set([
  "sum",
  "reshape",
  "broadcastTo",
  "transpose",
  "slice",
  "mul",
  "dotGeneral",
]);

/** The equation that negates what an equation now gives; `neg` is the primitive of an equation that negated. */
const negatedAfter = (eqn: Eqn, neg: Eqn, inputs: readonly Atom[]): Replacement => {
  const inner = eqn.outputs.map((v) => new Var(v.aval));
  return {
    eqns: [
      { ...eqn, inputs, outputs: inner },
      { ...neg, inputs: inner, outputs: eqn.outputs },
    ],
    outputs: eqn.outputs,
  };
};

/** Moves signs behind sums and products, where arrays are smaller and subtractions take them in. */
export const sinkSigns: Rule = (eqn, definitions) => {
  if (!linear.has(eqn.primitive.name) || eqn.inputs.some(isLiteral)) return undefined;
  const at = eqn.inputs.findIndex((a) => definitions.by(a, "neg") !== undefined);
  const neg = definitions.by(eqn.inputs[at], "neg");
  const source = neg?.inputs[0];
  if (neg === undefined || source === undefined) return undefined;
  return negatedAfter(
    eqn,
    neg,
    eqn.inputs.map((a, i) => (i === at ? source : a)),
  );
};

/** -x / c is x / -c, and division by a power of two is a multiplication. */
export const simplifyQuotient =
  (mul: Eqn["primitive"] | undefined): Rule =>
  (eqn, definitions) => {
    const pair = eqn.primitive.name === "div" ? pairOf(eqn.inputs) : undefined;
    if (pair === undefined) return undefined;
    const [x, c] = pair;
    if (!isLiteral(c) || c.aval.dtype !== "float32") return undefined;
    const source = definitions.by(x, "neg")?.inputs[0];
    const [top, bottom] = source === undefined ? [x, c.value] : [source, -c.value];
    const literal = (value: number): Atom => ({ kind: "literal", value, aval: c.aval });
    const isPower =
      Number.isInteger(Math.log2(Math.abs(bottom))) && Math.abs(Math.log2(Math.abs(bottom))) < 100;
    if (isPower && mul !== undefined)
      return {
        eqns: [{ ...eqn, primitive: mul, inputs: [top, literal(1 / bottom)] }],
        outputs: eqn.outputs,
      };
    return source === undefined
      ? undefined
      : { eqns: [{ ...eqn, inputs: [top, literal(bottom)] }], outputs: eqn.outputs };
  };

/** a + (-b) is a - b. */
export const mergeSigns =
  (primitives: ReadonlyMap<string, Eqn["primitive"]>): Rule =>
  (eqn, definitions) => {
    const pair = pairOf(eqn.inputs);
    const sub = primitives.get("sub");
    const add = primitives.get("add");
    if (pair === undefined || !isFloat(eqn.outputs[0]?.aval.dtype ?? "bool")) return undefined;
    const [a, b] = pair;
    const [minusA, minusB] = [
      definitions.by(a, "neg")?.inputs[0],
      definitions.by(b, "neg")?.inputs[0],
    ];
    if (eqn.primitive.name === "add" && sub !== undefined && minusB !== undefined)
      return changed(eqn, { primitive: sub, inputs: [a, minusB] });
    if (eqn.primitive.name === "add" && sub !== undefined && minusA !== undefined)
      return changed(eqn, { primitive: sub, inputs: [b, minusA] });
    if (eqn.primitive.name === "sub" && add !== undefined && minusB !== undefined)
      return changed(eqn, { primitive: add, inputs: [a, minusB] });
    return undefined;
  };
