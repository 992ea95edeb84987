import { type Atom, type Eqn } from "../ir/ir.ts";
import { sameShape } from "../shape.ts";
import { numberParam } from "./params.ts";
import { isLiteral, pairOf, type Rule } from "./definitions.ts";
import { becomes, changed } from "./rewrite.ts";

const isNumber = (atom: Atom | undefined, value: number): boolean =>
  isLiteral(atom) && atom.value === value;

/** Neutral operands; only those that keep -0 and NaN. */
export const dropNeutral: Rule = (eqn) => {
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
export const scaledBy = (
  eqn: Eqn | undefined,
): { readonly x: Atom; readonly factor: number } | undefined => {
  const pair = eqn?.primitive.name === "mul" ? pairOf(eqn.inputs) : undefined;
  if (pair === undefined) return undefined;
  const [a, b] = pair;
  if (isLiteral(b) && !isLiteral(a)) return { x: a, factor: b.value };
  return isLiteral(a) && !isLiteral(b) ? { x: b, factor: a.value } : undefined;
};

const isHarmless = (factor: number): boolean => Math.abs(factor) > 1e-30 && Math.abs(factor) < 1e30;

/** c1 (c2 x) is (c1 c2) x, and c (-x) is (-c) x. */
export const mergeFactors: Rule = (eqn, definitions) => {
  const own = scaledBy(eqn);
  const [y] = eqn.outputs;
  if (own === undefined || y === undefined || y.aval.dtype !== "float32") return undefined;
  const literalOf = (value: number): Atom => ({
    kind: "literal",
    value: Math.fround(value),
    aval: { shape: [], dtype: "float32" },
  });
  const negated = definitions.by(own.x, "neg")?.inputs[0];
  if (negated !== undefined) return changed(eqn, { inputs: [negated, literalOf(-own.factor)] });
  const inner = scaledBy(definitions.of(own.x));
  const factor = own.factor * (inner?.factor ?? 1);
  if (inner === undefined || !isHarmless(factor) || !isHarmless(inner.factor)) return undefined;
  return changed(eqn, { inputs: [inner.x, literalOf(factor)] });
};

/** The first power is the operand. */
export const dropPow: Rule = (eqn) =>
  eqn.primitive.name === "integerPow" &&
  numberParam(eqn.params, "exponent") === 1 &&
  eqn.inputs[0] !== undefined
    ? becomes(eqn.inputs[0])
    : undefined;
