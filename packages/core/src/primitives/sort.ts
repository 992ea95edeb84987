import { DTypeError, ShapeError, TransformError } from "../errors.ts";
import { at, type HostArray, type HostData } from "../host-array.ts";
import { dim, formatShape, sameShape, type Shape, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { iotaP } from "./iota.ts";
import { bind, only, type Primitive, type TransposeInput } from "./primitive.ts";
import { pick, stridedOffsets } from "./transpose.ts";

/** Parameters of `sort`: operands are sorted together along `axis`, ordered by the first `numKeys` of them. */
export type SortParams = { readonly axis: number; readonly numKeys: number };

/** Ascending order with every NaN last, and 0 equal to -0. */
export const compareNumbers = (a: number, b: number): number => {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
};

const compareAt = (keys: readonly HostData[], a: number, b: number): number => {
  for (const key of keys) {
    const order = compareNumbers(at(key, a), at(key, b));
    if (order !== 0) return order;
  }
  return a - b; // stable
};

/** Offsets of the elements of `shape` line by line along `axis`, each line put in order by `compare`. */
export const sortedOffsets = (
  shape: Shape,
  axis: number,
  compare: (a: number, b: number) => number,
): Int32Array => {
  const strides = stridesOf(shape);
  const others = shape.flatMap((_, i) => (i === axis ? [] : [i]));
  const bases = stridedOffsets(
    others.map((i) => dim(shape, i)),
    others.map((i) => dim(strides, i)),
  );
  const size = dim(shape, axis);
  const offsets = new Int32Array(bases.length * size);
  const line = stridedOffsets([size], [dim(strides, axis)]);
  bases.forEach((base, i) => offsets.set(line.map((o) => base + o).sort(compare), i * size));
  return offsets;
};

/** Where each place of `shape`, line by line along `axis`, lies in memory. */
const linePlaces = (shape: Shape, axis: number): Int32Array =>
  sortedOffsets(shape, axis, (a, b) => a - b);

const sortHost = (
  inputs: readonly HostArray[],
  { axis, numKeys }: SortParams,
): readonly HostArray[] => {
  const { shape } = inputs[0] ?? { shape: [] };
  const keys = inputs.slice(0, numKeys).map((x) => x.data);
  const from = sortedOffsets(shape, axis, (a, b) => compareAt(keys, a, b));
  const to = linePlaces(shape, axis);
  const source = new Int32Array(from.length);
  for (let i = 0; i < from.length; i++) source[at(to, i)] = at(from, i);
  return inputs.map((x) => pick(x, shape, source));
};

const valuesOf = (inputs: readonly TransposeInput[]): readonly Tensor[] =>
  inputs.map((input) => {
    if (input.linear)
      throw new TransformError({ operation: "sort", rule: "is not linear in its keys" });
    return input.value;
  });

/**
 * Sorts tensors of one shape together along an axis: ascending, stable, by the first key, then the second, …
 * NaN comes last.
 */
export const sortP: Primitive<SortParams> = {
  name: "sort",
  abstractEval: (inputs, { axis, numKeys }) => {
    const [first] = inputs;
    const shape = first?.shape ?? [];
    if (inputs.some((x) => !sameShape(x.shape, shape)) || axis >= shape.length)
      throw new ShapeError({
        operation: "sort",
        rule: `operands must have one shape with an axis ${axis}`,
        got: inputs.map((x) => formatShape(x.shape)).join(" and "),
      });
    if (numKeys < 1 || numKeys > inputs.length)
      throw new DTypeError({
        operation: "sort",
        rule: "numKeys must count at least one and at most all operands",
        got: `${numKeys}`,
      });
    return inputs;
  },
  evaluate: sortHost,
  // the tangents ride along as operands that are not keys
  jvp: (inputs, tangents, _outputs, params) => {
    const live = tangents.flatMap((t) => (t === null ? [] : [t]));
    if (live.length === 0) return tangents.map(() => null);
    const sorted = bind(sortP, [...inputs, ...live], params).slice(inputs.length);
    let next = 0;
    return tangents.map((t) => (t === null ? null : (sorted[next++] ?? null)));
  },
  // sorting by the places the elements came from sends cotangents back there
  transpose: (cotangents, inputs, { axis, numKeys }) => {
    const wanted = inputs.map((input, i) => (input.linear ? (cotangents[i] ?? null) : null));
    const live = wanted.flatMap((ct) => (ct === null ? [] : [ct]));
    const [root] = live;
    if (root === undefined) return wanted;
    const keys = valuesOf(inputs.slice(0, numKeys));
    const place = only(root.bind(iotaP, [], { shape: root.shape, dtype: "int32", axis }));
    const from = bind(sortP, [...keys, place], { axis, numKeys }).at(-1) ?? place;
    const back = bind(sortP, [from, ...live], { axis, numKeys: 1 }).slice(1);
    let next = 0;
    return wanted.map((ct) => (ct === null ? null : (back[next++] ?? null)));
  },
  vmap: (inputs, batched, { axis, numKeys }, { size }) => {
    const wide = inputs.map((x, i) =>
      batched[i] === true ? x : x.broadcastTo([size, ...x.shape]),
    );
    return {
      outputs: bind(sortP, wide, { axis: axis + 1, numKeys }),
      batched: inputs.map(() => true),
    };
  },
};
