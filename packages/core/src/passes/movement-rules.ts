import { broadcastShapes, sameShape } from "../shape.ts";
import { type Atom, type Eqn } from "../ir/ir.ts";
import { numbersParam } from "./params.ts";
import type { Rule } from "./definitions.ts";
import { becomes, changed } from "./rewrite.ts";

const broadcasting: ReadonlySet<string> = new Set([
  "add",
  "sub",
  "mul",
  "div",
  "rem",
  "pow",
  "max",
  "min",
  "and",
  "or",
  "xor",
  "equal",
  "notEqual",
  "less",
  "lessEqual",
  "greater",
  "greaterEqual",
  "where",
  "atan2",
]);

/** Operations that broadcast by themselves read what a `broadcastTo` reads, where the shape still comes out. */
export const dropBroadcast: Rule = (eqn, definitions) => {
  if (!broadcasting.has(eqn.primitive.name)) return undefined;
  const [result] = eqn.outputs;
  let { inputs } = eqn;
  inputs.forEach((atom, i) => {
    const source = definitions.by(atom, "broadcastTo")?.inputs[0];
    if (source === undefined) return;
    const next = inputs.map((a, j) => (i === j ? source : a));
    if (
      result !== undefined &&
      sameShape(broadcastShapes("simplify", ...next.map((a) => a.aval.shape)), result.aval.shape)
    )
      inputs = next;
  });
  return inputs === eqn.inputs ? undefined : changed(eqn, { inputs });
};

/** Reshapes and transposes of their own kind merge; those that do nothing go. */
export const mergeMovement: Rule = (eqn, definitions) => {
  const { name } = eqn.primitive;
  const [x] = eqn.inputs;
  const [y] = eqn.outputs;
  if (x === undefined || y === undefined) return undefined;
  if ((name === "reshape" || name === "broadcastTo") && sameShape(x.aval.shape, y.aval.shape))
    return becomes(x);
  if (name === "cast" && x.aval.dtype === y.aval.dtype) return becomes(x);
  if (name === "reshape") {
    const repeated = definitions.by(x, "broadcastTo");
    if (repeated?.inputs[0]?.aval.shape.length === 0)
      return changed(eqn, {
        primitive: repeated.primitive,
        inputs: repeated.inputs,
        params: { shape: y.aval.shape },
      });
    const source = definitions.by(x, "reshape")?.inputs[0];
    return source === undefined
      ? undefined
      : (mergeMovement(changedEqn(eqn, [source]), definitions) ??
          changed(eqn, { inputs: [source] }));
  }
  if (name !== "transpose") return undefined;
  const perm = numbersParam(eqn.params, "perm");
  if (perm.every((axis, i) => axis === i)) return becomes(x);
  const before = definitions.by(x, "transpose");
  if (before === undefined) return undefined;
  const first = numbersParam(before.params, "perm");
  const merged = perm.map((axis) => first[axis] ?? 0);
  const source = before.inputs[0] ?? x;
  return merged.every((axis, i) => axis === i)
    ? becomes(source)
    : changed(eqn, { inputs: [source], params: { perm: merged } });
};

const changedEqn = (eqn: Eqn, inputs: readonly Atom[]): Eqn => ({ ...eqn, inputs });
