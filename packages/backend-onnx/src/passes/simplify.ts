import { concatenate } from "@adjoint/core";
import { BackendError, broadcastShapes, type Atom, type Eqn, type HostArray, type Ir, isFloat, sameShape, traceFlat, type Var } from "@adjoint/core/backend";
import { numberParam, numbersParam } from "../lower/params.ts";
import { byRules, type Definitions, isLiteral, pairOf, type Rule } from "./definitions.ts";
import { foldDot, swapTransposedDot } from "./fold-dot.ts";
import { joinPaddedSums } from "./padded-sums.ts";
import { simplifyQuotient, sinkSigns } from "./signs.ts";
import { markIndices, markSoftmax } from "./marks.ts";
import { mapBodies, type Replacement, rewriteIr } from "./rewrite.ts";

const becomes = (...outputs: readonly Atom[]): Replacement => ({ eqns: [], outputs });

/** The same results from an equation with other operands or parameters. */
const changed = (eqn: Eqn, change: Partial<Eqn>): Replacement => ({ eqns: [{ ...eqn, ...change }], outputs: eqn.outputs });

const broadcasting: ReadonlySet<string> = new Set([
  "add", "sub", "mul", "div", "rem", "pow", "max", "min", "and", "or", "xor", "equal", "notEqual", "less", "lessEqual",
  "greater", "greaterEqual", "where", "atan2",
]);

/** Operations that broadcast by themselves read what a `broadcastTo` reads, where the shape still comes out. */
const dropBroadcast: Rule = (eqn, definitions) => {
  if (!broadcasting.has(eqn.primitive.name)) return undefined;
  const [result] = eqn.outputs;
  let { inputs } = eqn;
  inputs.forEach((atom, i) => {
    const source = definitions.by(atom, "broadcastTo")?.inputs[0];
    if (source === undefined) return;
    const next = inputs.map((a, j) => (i === j ? source : a));
    if (result !== undefined && sameShape(broadcastShapes("simplify", ...next.map((a) => a.aval.shape)), result.aval.shape)) inputs = next;
  });
  return inputs === eqn.inputs ? undefined : changed(eqn, { inputs });
};

/** Reshapes and transposes of their own kind merge; those that do nothing go. */
const mergeMovement: Rule = (eqn, definitions) => {
  const { name } = eqn.primitive;
  const [x] = eqn.inputs;
  const [y] = eqn.outputs;
  if (x === undefined || y === undefined) return undefined;
  if ((name === "reshape" || name === "broadcastTo") && sameShape(x.aval.shape, y.aval.shape)) return becomes(x);
  if (name === "cast" && x.aval.dtype === y.aval.dtype) return becomes(x);
  if (name === "reshape") {
    const repeated = definitions.by(x, "broadcastTo");
    if (repeated?.inputs[0]?.aval.shape.length === 0) return changed(eqn, { primitive: repeated.primitive, inputs: repeated.inputs, params: { shape: y.aval.shape } });
    const source = definitions.by(x, "reshape")?.inputs[0];
    return source === undefined ? undefined : mergeMovement(changedEqn(eqn, [source]), definitions) ?? changed(eqn, { inputs: [source] });
  }
  if (name !== "transpose") return undefined;
  const perm = numbersParam(eqn.params, "perm");
  if (perm.every((axis, i) => axis === i)) return becomes(x);
  const before = definitions.by(x, "transpose");
  if (before === undefined) return undefined;
  const first = numbersParam(before.params, "perm");
  const merged = perm.map((axis) => first[axis] ?? 0);
  const source = before.inputs[0] ?? x;
  return merged.every((axis, i) => axis === i) ? becomes(source) : changed(eqn, { inputs: [source], params: { perm: merged } });
};

const changedEqn = (eqn: Eqn, inputs: readonly Atom[]): Eqn => ({ ...eqn, inputs });

const isNumber = (atom: Atom | undefined, value: number): boolean => isLiteral(atom) && atom.value === value;

/** Neutral operands; only those that keep -0 and NaN. */
const dropNeutral: Rule = (eqn) => {
  const { name } = eqn.primitive;
  const pair = pairOf(eqn.inputs);
  const [y] = eqn.outputs;
  if (pair === undefined || y === undefined) return undefined;
  const [a, b] = pair;
  const fits = (x: Atom): boolean => sameShape(x.aval.shape, y.aval.shape);
  if (name === "mul" && isNumber(b, 1) && fits(a)) return becomes(a);
  if (name === "mul" && isNumber(a, 1) && fits(b)) return becomes(b);
  if (name === "div" && isNumber(b, 1) && fits(a)) return becomes(a);
  if (name === "sub" && isLiteral(b) && Object.is(b.value, 0) && fits(a)) return becomes(a);
  return undefined;
};

/** A product as a factor that is a literal and the rest. */
const scaledBy = (eqn: Eqn | undefined): { readonly x: Atom; readonly factor: number } | undefined => {
  const pair = eqn?.primitive.name === "mul" ? pairOf(eqn.inputs) : undefined;
  if (pair === undefined) return undefined;
  const [a, b] = pair;
  if (isLiteral(b) && !isLiteral(a)) return { x: a, factor: b.value };
  return isLiteral(a) && !isLiteral(b) ? { x: b, factor: a.value } : undefined;
};

const isHarmless = (factor: number): boolean => Math.abs(factor) > 1e-30 && Math.abs(factor) < 1e30;

/** c1 (c2 x) is (c1 c2) x, and c (-x) is (-c) x. */
const mergeFactors: Rule = (eqn, definitions) => {
  const own = scaledBy(eqn);
  const [y] = eqn.outputs;
  if (own === undefined || y === undefined || y.aval.dtype !== "float32") return undefined;
  const literalOf = (value: number): Atom => ({ kind: "literal", value: Math.fround(value), aval: { shape: [], dtype: "float32" } });
  const negated = definitions.by(own.x, "neg")?.inputs[0];
  if (negated !== undefined) return changed(eqn, { inputs: [negated, literalOf(-own.factor)] });
  const inner = scaledBy(definitions.of(own.x));
  const factor = own.factor * (inner?.factor ?? 1);
  if (inner === undefined || !isHarmless(factor) || !isHarmless(inner.factor)) return undefined;
  return changed(eqn, { inputs: [inner.x, literalOf(factor)] });
};

/** a + (-b) is a - b. */
const mergeSigns = (primitives: ReadonlyMap<string, Eqn["primitive"]>): Rule => (eqn, definitions) => {
  const pair = pairOf(eqn.inputs);
  const sub = primitives.get("sub");
  const add = primitives.get("add");
  if (pair === undefined || !isFloat(eqn.outputs[0]?.aval.dtype ?? "bool")) return undefined;
  const [a, b] = pair;
  const [minusA, minusB] = [definitions.by(a, "neg")?.inputs[0], definitions.by(b, "neg")?.inputs[0]];
  if (eqn.primitive.name === "add" && sub !== undefined && minusB !== undefined) return changed(eqn, { primitive: sub, inputs: [a, minusB] });
  if (eqn.primitive.name === "add" && sub !== undefined && minusA !== undefined) return changed(eqn, { primitive: sub, inputs: [b, minusA] });
  if (eqn.primitive.name === "sub" && add !== undefined && minusB !== undefined) return changed(eqn, { primitive: add, inputs: [a, minusB] });
  return undefined;
};

const dropPow: Rule = (eqn) =>
  eqn.primitive.name === "integerPow" && numberParam(eqn.params, "exponent") === 1 && eqn.inputs[0] !== undefined
    ? becomes(eqn.inputs[0])
    : undefined;

const primitivesOf = (ir: Ir): ReadonlyMap<string, Eqn["primitive"]> =>
  new Map(ir.eqns.map((e) => [e.primitive.name, e.primitive]));

/** The primitive that joins arrays, for programs that do not use it themselves. */
const concatenatePrimitive = (): Eqn["primitive"] => {
  const one = { shape: [1], dtype: "float32" as const };
  const [eqn] = traceFlat([one, one], (xs) => [concatenate(xs)]).eqns;
  if (eqn === undefined) throw new BackendError({ operation: "onnx", rule: "concatenate must be an operation" });
  return eqn.primitive;
};

/** Algebra that changes no result by more than a rounding: fewer operations, operands in the layout they have. */
export const simplify = (ir: Ir, constants: ReadonlyMap<Var, HostArray> = new Map()): Ir => {
  const primitives = primitivesOf(ir);
  const concatenate = primitives.get("concatenate") ?? concatenatePrimitive();
  const rules = [
    dropBroadcast, mergeMovement, dropNeutral, dropPow, simplifyQuotient(primitives.get("mul")), mergeFactors,
    mergeSigns(primitives), sinkSigns, joinPaddedSums(concatenate), swapTransposedDot, foldDot, markIndices, markSoftmax,
  ];
  return mapBodies(rewriteIr(ir, byRules(rules, constants)), (body) => simplify(body));
};

export type { Definitions };
