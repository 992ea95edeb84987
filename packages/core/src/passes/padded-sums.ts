import { type Atom, type Eqn, Var } from "../ir/ir.ts";
import { dim } from "../shape.ts";
import { numbersParam } from "./params.ts";
import { type Definitions, isLiteral, pairOf, type Rule } from "./definitions.ts";
import type { Replacement } from "./rewrite.ts";

/** A part of an otherwise zero array: where it starts and ends along the only axis that is padded. */
type Part = {
  readonly pad: Eqn;
  readonly source: Atom;
  readonly axis: number;
  readonly start: number;
  readonly end: number;
};

const isZero = (atom: Atom | undefined): boolean => isLiteral(atom) && atom.value === 0;

const partOf = (atom: Atom, definitions: Definitions): Part | undefined => {
  const pad = definitions.by(atom, "pad");
  const [source, fill] = pad?.inputs ?? [];
  if (pad === undefined || source === undefined || !isZero(fill)) return undefined;
  const [low, high] = [numbersParam(pad.params, "low"), numbersParam(pad.params, "high")];
  const padded = low.flatMap((n, i) => (n === 0 && high[i] === 0 ? [] : [i]));
  const [axis] = padded;
  const isPlain =
    numbersParam(pad.params, "interior").every((n) => n === 0) &&
    [...low, ...high].every((n) => n >= 0);
  if (axis === undefined || padded.length !== 1 || !isPlain) return undefined;
  const start = low[axis] ?? 0;
  return { pad, source, axis, start, end: start + dim(source.aval.shape, axis) };
};

/** What a concatenation joins, or the atom itself. */
const piecesOf = (atom: Atom, axis: number, definitions: Definitions): readonly Atom[] => {
  const joined = definitions.by(atom, "concatenate");
  return joined?.params["axis"] === axis ? joined.inputs : [atom];
};

const joinedParts = (
  eqn: Eqn,
  first: Part,
  second: Part,
  concatenate: Eqn["primitive"],
  definitions: Definitions,
): Replacement => {
  const { axis } = first;
  const pieces = [
    ...piecesOf(first.source, axis, definitions),
    ...piecesOf(second.source, axis, definitions),
  ];
  const shape = first.source.aval.shape.map((d, i) => (i === axis ? second.end - first.start : d));
  const total = dim(eqn.outputs[0]?.aval.shape ?? shape, axis);
  const join = { ...eqn, primitive: concatenate, params: { axis }, inputs: pieces };
  if (first.start === 0 && second.end === total) return { eqns: [join], outputs: eqn.outputs };
  const inner = new Var({ shape, dtype: first.source.aval.dtype });
  const edge = (n: number): readonly number[] => shape.map((_, i) => (i === axis ? n : 0));
  const params = {
    low: edge(first.start),
    high: edge(total - second.end),
    interior: shape.map(() => 0),
  };
  const pad = {
    ...first.pad,
    inputs: [inner, ...first.pad.inputs.slice(1)],
    params,
    outputs: eqn.outputs,
  };
  return { eqns: [{ ...join, outputs: [inner] }, pad], outputs: eqn.outputs };
};

/** Sums of arrays that are zero but for neighbouring parts (gradients of slices) are joined instead. */
export const joinPaddedSums =
  (concatenate: Eqn["primitive"]): Rule =>
  (eqn, definitions) => {
    const pair = eqn.primitive.name === "add" ? pairOf(eqn.inputs) : undefined;
    const [a, b] = pair?.map((atom) => partOf(atom, definitions)) ?? [];
    if (a === undefined || b === undefined || a.axis !== b.axis) return undefined;
    if (a.end === b.start) return joinedParts(eqn, a, b, concatenate, definitions);
    return b.end === a.start ? joinedParts(eqn, b, a, concatenate, definitions) : undefined;
  };
