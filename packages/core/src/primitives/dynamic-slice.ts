import { DTypeError, ShapeError } from "../errors.ts";
import { at, type HostArray } from "../host-array.ts";
import { type Aval, formatAval } from "../ir/aval.ts";
import { dim, formatShape, type Shape, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { ArityError } from "./arity.ts";
import { maxP, minP } from "./binary.ts";
import { concatenateP } from "./concatenate.ts";
import { gatherP, scatterP } from "./gather-scatter.ts";
import { iotaP } from "./iota.ts";
import { bindOne, only, type Primitive, type TransposeInput } from "./primitive.ts";
import { invertPermutation, pick, stridedOffsets } from "./transpose.ts";
import type { NoParams } from "./unary.ts";

/** Parameters of `dynamicSlice`: size of the window on every axis. */
export type DynamicSliceParams = { readonly sizes: Shape };

const split = <T>(
  operation: string,
  inputs: readonly T[],
  operands: number,
): readonly [T, T, readonly T[]] => {
  const [x, second] = inputs;
  if (x === undefined || (operands === 2 && second === undefined))
    throw new ArityError(operation, operands, inputs.length);
  return [x, second ?? x, inputs.slice(operands)];
};

const checkWindow = (operation: string, x: Aval, sizes: Shape, starts: readonly Aval[]): void => {
  if (starts.some((s) => s.dtype !== "int32" || s.shape.length !== 0))
    throw new DTypeError({
      operation,
      rule: "starts must be int32 scalars",
      got: starts.map(formatAval).join(" and "),
    });
  const rank = x.shape.length;
  if (
    starts.length !== rank ||
    sizes.length !== rank ||
    sizes.some((n, i) => !(n >= 0 && n <= dim(x.shape, i)))
  )
    throw new ShapeError({
      operation,
      rule: "needs one start and one size per axis, no size larger than the axis",
      got: `${starts.length} starts and sizes ${formatShape(sizes)} for ${formatShape(x.shape)}`,
    });
};

/** Offsets in the operand of the elements of the window, starts clamped so that it fits. */
const windowPlaces = (shape: Shape, sizes: Shape, starts: readonly HostArray[]): Int32Array => {
  const steps = stridesOf(shape);
  const base = starts.reduce((sum, s, i) => {
    const start = Math.min(Math.max(at(s.data, 0), 0), dim(shape, i) - dim(sizes, i));
    return sum + start * dim(steps, i);
  }, 0);
  return stridedOffsets(sizes, steps, base);
};

const full = (x: Tensor, batched: boolean | undefined, size: number): Tensor =>
  batched === true ? x : x.broadcastTo([size, ...x.shape]);

/** Axes along which the window can move come first: a permutation, and how many they are. */
type Movement = { readonly perm: readonly number[]; readonly moving: readonly number[] };

const movement = (shape: Shape, sizes: Shape): Movement => {
  const moving = shape.flatMap((d, i) => (d > dim(sizes, i) ? [i] : []));
  const fixed = shape.flatMap((d, i) => (d > dim(sizes, i) ? [] : [i]));
  return { perm: [...moving, ...fixed], moving };
};

/** Permutation of a batched tensor: the batch axis stays in front. */
const behindBatch = (perm: readonly number[]): readonly number[] => [0, ...perm.map((i) => i + 1)];

/** Indices (batch, window sizes of the moving axes..., moving axes) of a window that starts elsewhere in each example. */
const windowIndices = (
  shape: Shape,
  sizes: Shape,
  starts: readonly Tensor[],
  batch: number,
): Tensor => {
  const { moving } = movement(shape, sizes);
  const lead = [batch, ...moving.map((i) => dim(sizes, i))];
  const columns = moving.flatMap((axis, n) => {
    const start = starts[axis];
    if (start === undefined) return [];
    const limit = start.literal(dim(shape, axis) - dim(sizes, axis), "int32");
    const clamped = bindOne(
      maxP,
      [bindOne(minP, [start, limit], {}), start.literal(0, "int32")],
      {},
    );
    const steps = only(start.bind(iotaP, [], { shape: lead, dtype: "int32", axis: n + 1 }));
    const first = clamped.rank === 0 ? clamped : clamped.reshape([batch, ...moving.map(() => 1)]);
    return [steps.add(first).reshape([...lead, 1])];
  });
  return bindOne(concatenateP, columns, { axis: lead.length });
};

/** Zero starts for a batch axis in front of the others. */
const withBatchStart = (starts: readonly Tensor[], root: Tensor): readonly Tensor[] => [
  root.literal(0, "int32"),
  ...starts,
];

const startsOf = (inputs: readonly TransposeInput[]): readonly Tensor[] =>
  inputs.map((input) => {
    if (input.linear) throw new ArityError("transpose", 1, 0);
    return input.value;
  });

/** A window of static size at a run-time place; the starts are clamped so that it fits (as `lax.dynamic_slice`). */
export const dynamicSliceP: Primitive<DynamicSliceParams> = {
  name: "dynamicSlice",
  abstractEval: (inputs, { sizes }) => {
    const [x, , starts] = split("dynamicSlice", inputs, 1);
    checkWindow("dynamicSlice", x, sizes, starts);
    return [{ shape: sizes, dtype: x.dtype }];
  },
  evaluate: (inputs, { sizes }) => {
    const [x, , starts] = split("dynamicSlice", inputs, 1);
    return [pick(x, sizes, windowPlaces(x.shape, sizes, starts))];
  },
  jvp: (inputs, [t = null], _outputs, params) => [
    t === null ? null : bindOne(dynamicSliceP, [t, ...inputs.slice(1)], params),
  ],
  transpose: (cotangents, inputs) => {
    const ct = only(cotangents);
    const [x, , starts] = split("dynamicSlice", inputs, 1);
    if (ct === null) return inputs.map(() => null);
    const zeros = ct.literal(0, ct.dtype).broadcastTo(x.aval.shape);
    return [
      bindOne(dynamicUpdateSliceP, [zeros, ct, ...startsOf(starts)], {}),
      ...starts.map(() => null),
    ];
  },
  vmap: (inputs, batched, { sizes }, { size }) => {
    const [x, , starts] = split("dynamicSlice", inputs, 1);
    const one = (output: Tensor): { outputs: Tensor[]; batched: boolean[] } => ({
      outputs: [output],
      batched: [true],
    });
    if (!batched.slice(1).includes(true))
      return one(
        bindOne(dynamicSliceP, [x, ...withBatchStart(starts, x)], { sizes: [size, ...sizes] }),
      );
    const own = batched[0] === true ? x.shape.slice(1) : x.shape;
    const { perm, moving } = movement(own, sizes);
    if (moving.length === 0) return one(full(x, batched[0], size));
    const indices = windowIndices(own, sizes, starts, size);
    const order = batched[0] === true ? behindBatch(perm) : perm;
    const windows = bindOne(gatherP, [x.transpose(order), indices], {
      batchDims: batched[0] === true ? 1 : 0,
    });
    return one(windows.transpose(invertPermutation(behindBatch(perm))));
  },
};

/** The operand with a window at a run-time place replaced; the starts are clamped so that it fits. */
export const dynamicUpdateSliceP: Primitive<NoParams> = {
  name: "dynamicUpdateSlice",
  abstractEval: (inputs) => {
    const [x, update, starts] = split("dynamicUpdateSlice", inputs, 2);
    if (x.dtype !== update.dtype)
      throw new DTypeError({
        operation: "dynamicUpdateSlice",
        rule: "the update must have the operand's dtype",
        got: `${x.dtype} and ${update.dtype}`,
      });
    checkWindow("dynamicUpdateSlice", x, update.shape, starts);
    return [x];
  },
  evaluate: (inputs) => {
    const [x, update, starts] = split("dynamicUpdateSlice", inputs, 2);
    const data = x.data.slice();
    windowPlaces(x.shape, update.shape, starts).forEach((place, i) => {
      data[place] = at(update.data, i);
    });
    return [{ shape: x.shape, dtype: x.dtype, data }];
  },
  jvp: (inputs, [tx = null, tu = null]) => {
    const [x, update, starts] = split("dynamicUpdateSlice", inputs, 2);
    if (tx === null && tu === null) return [null];
    const zeros = (like: Tensor): Tensor => like.literal(0, like.dtype).broadcastTo(like.shape);
    return [bindOne(dynamicUpdateSliceP, [tx ?? zeros(x), tu ?? zeros(update), ...starts], {})];
  },
  transpose: (cotangents, inputs) => {
    const ct = only(cotangents);
    const [x, update, rest] = split("dynamicUpdateSlice", inputs, 2);
    if (ct === null) return inputs.map(() => null);
    const starts = startsOf(rest);
    const sizes = update.aval.shape;
    const hole = ct.literal(0, ct.dtype).broadcastTo(sizes);
    return [
      x.linear ? bindOne(dynamicUpdateSliceP, [ct, hole, ...starts], {}) : null,
      update.linear ? bindOne(dynamicSliceP, [ct, ...starts], { sizes }) : null,
      ...rest.map(() => null),
    ];
  },
  vmap: (inputs, batched, _params, { size }) => {
    const [x, update, starts] = split("dynamicUpdateSlice", inputs, 2);
    const [wideX, wideUpdate] = [full(x, batched[0], size), full(update, batched[1], size)];
    const one = (output: Tensor): { outputs: Tensor[]; batched: boolean[] } => ({
      outputs: [output],
      batched: [true],
    });
    if (!batched.slice(2).includes(true))
      return one(
        bindOne(dynamicUpdateSliceP, [wideX, wideUpdate, ...withBatchStart(starts, x)], {}),
      );
    const [own, sizes] = [wideX.shape.slice(1), wideUpdate.shape.slice(1)];
    const { perm, moving } = movement(own, sizes);
    if (moving.length === 0) return one(wideUpdate);
    const order = behindBatch(perm);
    const operands = [
      wideX.transpose(order),
      windowIndices(own, sizes, starts, size),
      wideUpdate.transpose(order),
    ];
    return one(
      bindOne(scatterP, operands, { batchDims: 1, mode: "set" }).transpose(
        invertPermutation(order),
      ),
    );
  },
};
