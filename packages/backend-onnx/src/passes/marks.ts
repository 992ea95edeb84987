import { at, type Atom, dim, type Eqn, type HostArray } from "@adjoint/core/backend";
import {
  flagParam,
  numberParam,
  type Definitions,
  isLiteral,
  pairOf,
  type Rule,
} from "@adjoint/core/passes";

/** The literal among the operands of `name`, and the other operand. */
const split = (
  atom: Atom | undefined,
  name: string,
  definitions: Definitions,
): { readonly x: Atom; readonly value: number } | undefined => {
  const pair = pairOf(definitions.by(atom, name)?.inputs ?? []);
  if (pair === undefined) return undefined;
  const [a, b] = pair;
  if (isLiteral(b)) return { x: a, value: b.value };
  return isLiteral(a) ? { x: b, value: a.value } : undefined;
};

/** Whether `indices` were clamped into [0, size). */
const isClamped = (indices: Atom | undefined, size: number, definitions: Definitions): boolean => {
  const high = split(indices, "max", definitions);
  const low = split(high?.x, "min", definitions);
  return high?.value === 0 && low !== undefined && low.value <= size - 1;
};

/** Tells `gather` and `scatter` that their indices are in range already. */
export const markIndices: Rule = (eqn, definitions) => {
  const { name } = eqn.primitive;
  const [x, indices] = eqn.inputs;
  if (
    (name !== "gather" && name !== "scatter") ||
    x === undefined ||
    indices?.aval.shape.at(-1) !== 1
  )
    return undefined;
  const size = x.aval.shape[numberParam(eqn.params, "batchDims")] ?? 0;
  if (flagParam(eqn.params, "inRange") || !isClamped(indices, size, definitions)) return undefined;
  return { eqns: [{ ...eqn, params: { ...eqn.params, inRange: true } }], outputs: eqn.outputs };
};

/** Whether each row of a constant along its last axis has an element that is `wanted`. */
const hasInRows = (
  { shape, data }: HostArray,
  wanted: (element: number) => boolean = Number.isFinite,
): boolean => {
  const width = shape.at(-1) ?? 1;
  for (let row = 0; row < data.length / width; row++) {
    let isFound = false;
    for (let i = 0; i < width && !isFound; i++) isFound = wanted(at(data, row * width + i));
    if (!isFound) return false;
  }
  return true;
};

const arithmetic: ReadonlySet<string> = new Set(["add", "sub", "mul", "div", "reshape"]);

/** Whether only overflow could make an element infinite. */
const isFiniteIn = (atom: Atom | undefined, definitions: Definitions): boolean => {
  if (isLiteral(atom)) return Number.isFinite(atom.value);
  const eqn = definitions.of(atom);
  if (eqn?.primitive.name === "dotGeneral") return true;
  if (eqn === undefined || !arithmetic.has(eqn.primitive.name)) return false;
  return eqn.inputs.every((a) => isFiniteIn(a, definitions));
};

/** Whether a constant condition takes finite elements of one of its two operands in every row. */
const selectsSome = ({ inputs }: Eqn, definitions: Definitions): boolean => {
  const [mask, x, y] = inputs;
  const condition = definitions.constant(mask);
  if (condition === undefined) return false;
  const takesX = isFiniteIn(x, definitions) && hasInRows(condition, (bit) => bit !== 0);
  return takesX || (isFiniteIn(y, definitions) && hasInRows(condition, (bit) => bit === 0));
};

/** Whether a row of nothing but -Infinity could come from overflow alone. */
const isOpen = (atom: Atom | undefined, definitions: Definitions): boolean => {
  const constant = definitions.constant(atom);
  if (constant !== undefined) return hasInRows(constant);
  const eqn = definitions.of(atom);
  if (eqn?.primitive.name === "dotGeneral") return true;
  if (eqn?.primitive.name === "where") return selectsSome(eqn, definitions);
  const open = (a: Atom): boolean =>
    isLiteral(a) ? Number.isFinite(a.value) : isOpen(a, definitions);
  if (eqn?.primitive.name === "add" || eqn?.primitive.name === "sub") return eqn.inputs.every(open);
  if (eqn?.primitive.name === "mul" || eqn?.primitive.name === "div") return eqn.inputs.every(open);
  return eqn?.primitive.name === "reshape" && eqn.inputs.every(open);
};

/** Tells softmax along the last axis that no row is masked whole, which spares it a look. */
export const markSoftmax: Rule = (eqn, definitions) => {
  const { name } = eqn.primitive;
  const [x] = eqn.inputs;
  if (
    (name !== "softmax" && name !== "logSoftmax") ||
    x === undefined ||
    flagParam(eqn.params, "neverMasked")
  )
    return undefined;
  const isLast =
    numberParam(eqn.params, "axis") === x.aval.shape.length - 1 &&
    dim(x.aval.shape, x.aval.shape.length - 1) > 0;
  if (!isLast || !isOpen(x, definitions)) return undefined;
  return { eqns: [{ ...eqn, params: { ...eqn.params, neverMasked: true } }], outputs: eqn.outputs };
};
