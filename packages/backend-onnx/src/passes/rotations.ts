import { type Atom, type Eqn, type Ir, sameShape, type Shape, Var } from "@adjoint/core/backend";
import {
  byRules,
  type Definitions,
  mapBodies,
  mergeCommon,
  numberParam,
  numbersParam,
  pairOf,
  recorded,
  removeDeadCode,
  rewriteIr,
  type Rule,
} from "@adjoint/core/passes";
import { rotateP } from "./rotate.ts";

type Pair = readonly [Atom, Atom];

/** The two factors of each of the two products that `atom` is made of by `name`. */
const productsOf = (
  atom: Atom | undefined,
  name: "add" | "sub",
  definitions: Definitions,
): readonly [Pair, Pair] | undefined => {
  const [first, second] = definitions.by(atom, name)?.inputs ?? [];
  const left = pairOf(definitions.by(first, "mul")?.inputs ?? []);
  const right = pairOf(definitions.by(second, "mul")?.inputs ?? []);
  return left === undefined || right === undefined ? undefined : [left, right];
};

const isPair = ([a, b]: Pair, x: Atom, y: Atom): boolean =>
  (a === x && b === y) || (a === y && b === x);

/** x whose last axis `atom` is the half of, from `start` on. */
const halfOf = (atom: Atom, start: number, definitions: Definitions): Atom | undefined => {
  const slice = definitions.by(atom, "slice");
  const [x] = slice?.inputs ?? [];
  if (slice === undefined || x === undefined) return undefined;
  const [half = 0, size] = [atom.aval.shape.at(-1), x.aval.shape.at(-1)];
  const isHalf = size === 2 * half && numbersParam(slice.params, "start").at(-1) === start * half;
  const isWhole = sameShape(atom.aval.shape.slice(0, -1), x.aval.shape.slice(0, -1));
  return isHalf && isWhole && numbersParam(slice.params, "strides").at(-1) === 1 ? x : undefined;
};

/** The shape (B or 1, T, D / 2) of a table that is the same for all heads; undefined for others. */
const tableShape = ({ aval }: Atom, [batch, , length, size]: Shape): Shape | undefined => {
  const [b, heads, t = 0, half = 0] = [...[1, 1, 1, 1], ...aval.shape].slice(-4);
  const fits = heads === 1 && t === length && 2 * half === size && (b === 1 || b === batch);
  return fits && b !== undefined && aval.shape.length <= 4 ? [b, t, half] : undefined;
};

/** x, cosines and sines, where (a c - b s, b c + a s) of its halves a and b is put together again. */
const rotationOf = (
  { inputs, params, outputs }: Eqn,
  definitions: Definitions,
): readonly [Atom, Atom, Atom] | undefined => {
  const shape = outputs[0]?.aval.shape ?? [];
  if (shape.length !== 4 || inputs.length !== 2 || numberParam(params, "axis") !== 3)
    return undefined;
  const [ac, bs] = productsOf(inputs[0], "sub", definitions) ?? [];
  const [bc, as] = productsOf(inputs[1], "add", definitions) ?? [];
  if (ac === undefined || bs === undefined || bc === undefined || as === undefined)
    return undefined;
  const at = ac.findIndex((atom) => halfOf(atom, 0, definitions) !== undefined);
  const [a, c] = [ac[at], ac[1 - at]];
  const b = bs.find((atom) => halfOf(atom, 1, definitions) !== undefined);
  const s = bs.find((atom) => atom !== b);
  if (a === undefined || b === undefined || c === undefined || s === undefined) return undefined;
  const x = halfOf(a, 0, definitions);
  const isRotation = x === halfOf(b, 1, definitions) && isPair(bc, b, c) && isPair(as, a, s);
  return isRotation && x !== undefined ? [x, c, s] : undefined;
};

const markRotation: Rule = (eqn, definitions) => {
  if (eqn.primitive.name !== "concatenate" || eqn.outputs[0]?.aval.dtype !== "float32")
    return undefined;
  const rotation = rotationOf(eqn, definitions);
  if (rotation === undefined) return undefined;
  const [x, cos, sin] = rotation;
  const { shape } = x.aval;
  const [cosShape, sinShape] = [tableShape(cos, shape), tableShape(sin, shape)];
  if (cosShape === undefined || sinShape === undefined) return undefined;
  const whole = [shape[0] ?? 0, ...cosShape.slice(1)];
  const tables = recorded([cos, sin], (values) =>
    values.map((v, i) => v.reshape(i === 0 ? cosShape : sinShape).broadcastTo(whole)),
  );
  const y = new Var(x.aval);
  const rotate = {
    primitive: rotateP,
    params: {},
    inputs: [x, ...tables.outputs],
    outputs: [y],
  };
  return { eqns: [...tables.eqns, rotate], outputs: [y] };
};

/** A program whose rotary positions, nine operations each, are one. */
export const markRotations = (ir: Ir): Ir => {
  const marked = rewriteIr(ir, byRules([markRotation], new Map()));
  const same = marked.eqns.every(({ primitive }) => primitive !== rotateP);
  return mapBodies(same ? ir : removeDeadCode(mergeCommon(marked)), markRotations);
};
