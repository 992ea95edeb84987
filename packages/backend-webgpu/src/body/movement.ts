import { type Atom, dim, type Eqn } from "@adjoint/core/backend";
import { dtypeParam, numberParam, numbersParam } from "@adjoint/core/passes";
import { Affine } from "../address/affine.ts";
import { type Coordinates, coordinatesOf, flatOf } from "../address/coordinates.ts";

/** What movement rules need of the text being written. */
export type Writer = {
  /** A WGSL expression for the value of an operand at a place. */
  readonly value: (atom: Atom, at: Coordinates) => string;
  /** Gives an expression a name, so that it is computed once. */
  readonly name: (expression: string) => string;
};

type Rule = (eqn: Eqn, at: Coordinates, write: Writer, output: number) => string;

const operand = (eqn: Eqn, i: number): Atom => {
  const atom = eqn.inputs[i];
  if (atom === undefined) throw new RangeError(`${eqn.primitive.name} has no operand ${i}`);
  return atom;
};

const place = (at: Coordinates, axis: number): Affine => at[axis] ?? Affine.of(0);

const replaced = (at: Coordinates, axis: number, x: Affine): Coordinates =>
  at.map((own, i) => (i === axis ? x : own));

const broadcastTo: Rule = (eqn, at, write) => {
  const x = operand(eqn, 0);
  const lead = at.length - x.aval.shape.length;
  return write.value(
    x,
    x.aval.shape.map((d, i) => (d === 1 ? Affine.of(0) : place(at, i + lead))),
  );
};

const reshape: Rule = (eqn, at, write) => {
  const x = operand(eqn, 0);
  const shape = eqn.outputs[0]?.aval.shape ?? [];
  return write.value(x, coordinatesOf(flatOf(at, shape), x.aval.shape));
};

const transpose: Rule = (eqn, at, write) => {
  const perm = numbersParam(eqn.params, "perm");
  return write.value(
    operand(eqn, 0),
    perm.map((_, axis) => place(at, perm.indexOf(axis))),
  );
};

const slice: Rule = (eqn, at, write) => {
  const [start, strides] = [numbersParam(eqn.params, "start"), numbersParam(eqn.params, "strides")];
  return write.value(
    operand(eqn, 0),
    at.map((x, i) => x.times(dim(strides, i)).plus(dim(start, i))),
  );
};

const flip: Rule = (eqn, at, write) => {
  const x = operand(eqn, 0);
  const axes = numbersParam(eqn.params, "axes");
  return write.value(
    x,
    at.map((c, i) => (axes.includes(i) ? c.times(-1).plus(dim(x.aval.shape, i) - 1) : c)),
  );
};

const split: Rule = (eqn, at, write, output) => {
  const [axis, sizes] = [numberParam(eqn.params, "axis"), numbersParam(eqn.params, "sizes")];
  const start = sizes.slice(0, output).reduce((sum, n) => sum + n, 0);
  return write.value(operand(eqn, 0), replaced(at, axis, place(at, axis).plus(start)));
};

const wgslTypes: Readonly<Record<string, string>> = {
  int32: "i32",
  uint32: "u32",
  bool: "bool",
};

const iota: Rule = (eqn, at) => {
  const axis = numberParam(eqn.params, "axis");
  return `${wgslTypes[dtypeParam(eqn.params, "dtype")] ?? "f32"}(${place(at, axis).text})`;
};

/** `x - low` where that is in [0, extent), 0 elsewhere. */
const within = (
  x: Affine,
  low: number,
  extent: number,
  write: Writer,
): { readonly inside: string | undefined; readonly place: Affine } => {
  const [least, most] = x.range;
  if (least >= low && most < low + extent) return { inside: undefined, place: x.plus(-low) };
  const [lower, upper] = [Affine.of(low).text, Affine.of(low + extent).text];
  const tests = [
    ...(least < low ? [`${x.text} >= ${lower}`] : []),
    ...(most >= low + extent ? [`${x.text} < ${upper}`] : []),
  ];
  const inside = write.name(tests.join(" && "));
  const shifted = low === 0 ? x.text : `(${x.text} - ${lower})`;
  const name = write.name(`select(0u, ${shifted}, ${inside})`);
  return { inside, place: Affine.variable(name, extent) };
};

const concatenate: Rule = (eqn, at, write) => {
  const axis = numberParam(eqn.params, "axis");
  const x = place(at, axis);
  const [least, most] = x.range;
  let from = 0;
  let text = "";
  for (const [i, atom] of eqn.inputs.entries()) {
    const size = dim(atom.aval.shape, axis);
    const overlaps = most >= from && least < from + size && size > 0;
    if (overlaps) {
      const part = within(x, from, size, write);
      const value = write.value(operand(eqn, i), replaced(at, axis, part.place));
      text =
        text === "" || part.inside === undefined
          ? value
          : `select(${text}, ${value}, ${part.inside})`;
      if (text !== value) text = write.name(text);
    }
    from += size;
  }
  return text;
};

const pad: Rule = (eqn, at, write) => {
  const x = operand(eqn, 0);
  const { shape } = x.aval;
  const [low, interior] = [numbersParam(eqn.params, "low"), numbersParam(eqn.params, "interior")];
  const tests: string[] = [];
  const places = at.map((c, axis) => {
    const step = dim(interior, axis) + 1;
    const start = low[axis] ?? 0;
    const shifted = start < 0 ? c.plus(-start) : c;
    const span = (dim(shape, axis) - 1) * step + 1;
    const { inside, place } = within(shifted, Math.max(0, start), span, write);
    if (inside !== undefined) tests.push(inside);
    if (step === 1) return place;
    tests.push(`${place.mod(step).text} == 0u`);
    return place.div(step);
  });
  const value = write.value(x, places);
  if (tests.length === 0) return value;
  return `select(${write.value(operand(eqn, 1), [])}, ${value}, ${tests.map((t) => `(${t})`).join(" && ")})`;
};

/** An int32 index clamped into an axis. */
const clamped = (index: string, extent: number, write: Writer): Affine => {
  if (extent <= 1) return Affine.of(0);
  const text = `u32(clamp(${index}, 0i, i32(${Affine.of(extent - 1).text})))`;
  return Affine.variable(write.name(text), extent);
};

const gather: Rule = (eqn, at, write) => {
  const [x, indices] = [operand(eqn, 0), operand(eqn, 1)];
  const batchDims = numberParam(eqn.params, "batchDims");
  const count = dim(indices.aval.shape, indices.aval.shape.length - 1);
  const outer = indices.aval.shape.length - 1;
  const lead = at.slice(0, outer);
  const picked = Array.from({ length: count }, (_, j) => {
    const index = write.value(indices, [...lead, Affine.of(j)]);
    return clamped(index, dim(x.aval.shape, batchDims + j), write);
  });
  return write.value(x, [...at.slice(0, batchDims), ...picked, ...at.slice(outer)]);
};

const dynamicSlice: Rule = (eqn, at, write) => {
  const x = operand(eqn, 0);
  const sizes = numbersParam(eqn.params, "sizes");
  const places = at.map((c, axis) => {
    const room = dim(x.aval.shape, axis) - dim(sizes, axis);
    if (room === 0) return c;
    return c.plus(clamped(write.value(operand(eqn, axis + 1), []), room + 1, write));
  });
  return write.value(x, places);
};

/** Operations that only say where an element comes from. */
export const movements: Readonly<Record<string, Rule>> = {
  broadcastTo,
  reshape,
  transpose,
  slice,
  flip,
  split,
  iota,
  concatenate,
  pad,
  gather,
  dynamicSlice,
};

/** Whether a primitive only moves elements. */
export const isMovement = (name: string): boolean => Object.hasOwn(movements, name);
