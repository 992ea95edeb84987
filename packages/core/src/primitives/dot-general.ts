import { DTypeError, ShapeError } from "../errors.ts";
import { allocate, at, type HostArray } from "../host-array.ts";
import { isFloat } from "../dtype.ts";
import { broadcastShapes, dim, formatShape, type Shape, sizeOf, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { ArityError } from "./arity.ts";
import { addTangents } from "./elementwise.ts";
import { bindOne, only, type Primitive, type TransposeInput } from "./primitive.ts";
import { stridedOffsets } from "./transpose.ts";
import { formatAvals } from "./unary.ts";

/** Axes of the left and of the right operand. */
export type AxisPair = { readonly left: readonly number[]; readonly right: readonly number[] };

/** Parameters of `dotGeneral`: axes summed over, and axes that run in parallel (pairwise of equal size). */
export type DotParams = { readonly contract: AxisPair; readonly batch: AxisPair };

const two = <T>(list: readonly T[]): readonly [T, T] => {
  const [a, b] = list;
  if (a === undefined || b === undefined) throw new ArityError("dotGeneral", 2, list.length);
  return [a, b];
};

/** Axes in neither list: they appear in the result. */
export const freeAxes = (
  rank: number,
  ...used: readonly (readonly number[])[]
): readonly number[] =>
  Array.from({ length: rank }, (_, i) => i).filter((i) => !used.some((list) => list.includes(i)));

const sizesAt = (shape: Shape, axes: readonly number[]): readonly number[] =>
  axes.map((i) => dim(shape, i));

const dotShape = (a: Shape, b: Shape, { contract, batch }: DotParams): Shape => [
  ...sizesAt(a, batch.left),
  ...sizesAt(a, freeAxes(a.length, contract.left, batch.left)),
  ...sizesAt(b, freeAxes(b.length, contract.right, batch.right)),
];

const offsetsOf = (shape: Shape, axes: readonly number[]): Int32Array =>
  stridedOffsets(sizesAt(shape, axes), sizesAt(stridesOf(shape), axes));

const dotHost = (a: HostArray, b: HostArray, params: DotParams): HostArray => {
  const { contract, batch } = params;
  const shape = dotShape(a.shape, b.shape, params);
  const data = allocate(a.dtype, sizeOf(shape));
  const [ab, bb] = [offsetsOf(a.shape, batch.left), offsetsOf(b.shape, batch.right)];
  const [ac, bc] = [offsetsOf(a.shape, contract.left), offsetsOf(b.shape, contract.right)];
  const af = offsetsOf(a.shape, freeAxes(a.shape.length, contract.left, batch.left));
  const bf = offsetsOf(b.shape, freeAxes(b.shape.length, contract.right, batch.right));
  const multiply = isFloat(a.dtype) ? (x: number, y: number): number => x * y : Math.imul;
  let out = 0;
  for (let n = 0; n < ab.length; n++)
    for (let i = 0; i < af.length; i++)
      for (let j = 0; j < bf.length; j++) {
        const [ao, bo] = [at(ab, n) + at(af, i), at(bb, n) + at(bf, j)];
        let sum = 0;
        for (let k = 0; k < ac.length; k++)
          sum += multiply(at(a.data, ao + at(ac, k)), at(b.data, bo + at(bc, k)));
        data[out++] = sum;
      }
  return { shape, dtype: a.dtype, data };
};

const check = (
  a: { shape: Shape; dtype: string },
  b: { shape: Shape; dtype: string },
  { contract, batch }: DotParams,
): void => {
  if (a.dtype === "bool" || a.dtype !== b.dtype)
    throw new DTypeError({
      operation: "dotGeneral",
      rule: "operands must have one numeric dtype",
      got: `${a.dtype} and ${b.dtype}`,
    });
  const agree = (pairs: AxisPair): boolean =>
    pairs.left.length === pairs.right.length &&
    pairs.left.every(
      (i, n) => a.shape[i] !== undefined && a.shape[i] === b.shape[pairs.right[n] ?? -1],
    );
  if (!agree(contract) || !agree(batch))
    throw new ShapeError({
      operation: "matmul",
      rule: "contracted (inner) and batch axes must have equal sizes",
      got: `${formatShape(a.shape)} and ${formatShape(b.shape)} over axes [${contract.left.join(",")}] and [${contract.right.join(",")}]`,
      fix: "transpose or reshape one operand",
    });
};

/** Cotangent of one operand: the other operand times the cotangent, axes put back in the operand's order. */
const transposeSide = (
  ct: Tensor,
  other: Tensor,
  own: Shape,
  mine: "left" | "right",
  params: DotParams,
): Tensor => {
  const theirs = mine === "left" ? "right" : "left";
  const [contract, batch] = [params.contract[mine], params.batch[mine]];
  const free = freeAxes(own.length, contract, batch);
  const otherFree = freeAxes(other.shape.length, params.contract[theirs], params.batch[theirs]);
  const nb = batch.length;
  const ctOther = otherFree.map((_, i) => nb + (mine === "left" ? free.length : 0) + i); // their free axes inside ct
  const sides = { left: ctOther, right: otherFree };
  const batches = { left: batch.map((_, i) => i), right: params.batch[theirs] };
  const product = bindOne(dotGeneralP, [ct, other], { contract: sides, batch: batches });
  // product axes: batch, my free axes, their contracted axes in ascending order
  const theirOrder = [...params.contract[theirs]].sort((x, y) => x - y);
  const contracted = theirOrder.map((axis) => contract[params.contract[theirs].indexOf(axis)] ?? 0);
  const layout = [...batch, ...free, ...contracted];
  return product.transpose(own.map((_, i) => layout.indexOf(i)));
};

const shifted = (axes: readonly number[], by: boolean): readonly number[] =>
  by ? axes.map((a) => a + 1) : axes;

/**
 * General product: sums over paired `contract` axes, keeps paired `batch` axes in parallel.
 * The result has the batch axes, then the left operand's free axes, then the right one's (as `lax.dot_general`).
 */
export const dotGeneralP: Primitive<DotParams> = {
  name: "dotGeneral",
  abstractEval: (inputs, params) => {
    const [a, b] = two(inputs);
    check(a, b, params);
    return [{ shape: dotShape(a.shape, b.shape, params), dtype: a.dtype }];
  },
  evaluate: (inputs, params) => {
    const [a, b] = two(inputs);
    return [dotHost(a, b, params)];
  },
  jvp: (inputs, [ta = null, tb = null], _outputs, params) => {
    const [a, b] = two(inputs);
    const left = ta === null ? null : bindOne(dotGeneralP, [ta, b], params);
    const right = tb === null ? null : bindOne(dotGeneralP, [a, tb], params);
    return [addTangents(left, right)];
  },
  transpose: (cotangents, inputs, params) => {
    const ct = only(cotangents);
    const [a, b] = two(inputs);
    if (ct === null) return [null, null];
    if (a.linear && !b.linear)
      return [transposeSide(ct, b.value, a.aval.shape, "left", params), null];
    if (b.linear && !a.linear)
      return [null, transposeSide(ct, a.value, b.aval.shape, "right", params)];
    throw new DTypeError({
      operation: "dotGeneral",
      rule: "is linear in one operand at a time",
      got: formatAvals(inputs.map((i: TransposeInput) => i.aval)),
    });
  },
  vmap: (inputs, batched, { contract, batch }) => {
    const [l = false, r = false] = batched;
    const left = { contract: shifted(contract.left, l), batch: shifted(batch.left, l) };
    const right = { contract: shifted(contract.right, r), batch: shifted(batch.right, r) };
    const both = l && r;
    const params = {
      contract: { left: left.contract, right: right.contract },
      batch: {
        left: both ? [0, ...left.batch] : left.batch,
        right: both ? [0, ...right.batch] : right.batch,
      },
    };
    const product = bindOne(dotGeneralP, inputs, params);
    if (both) return { outputs: [product], batched: [true] };
    // the mapped axis came out as the first free axis of its operand: bring it to the front
    const [a] = two(inputs);
    const place =
      batch.left.length + (l ? 0 : freeAxes(a.shape.length, left.contract, left.batch).length);
    const rest = product.shape.flatMap((_, i) => (i === place ? [] : [i]));
    return { outputs: [product.transpose([place, ...rest])], batched: [true] };
  },
};

/** How `numpy.matmul` of two shapes becomes a `dotGeneral`: shapes to broadcast to, parameters, final shape. */
export type MatmulPlan = {
  readonly left: Shape;
  readonly right: Shape;
  readonly params: DotParams;
  readonly shape: Shape;
};

/** Plans a matrix product with `numpy.matmul`'s rules for vectors and stacks of matrices. */
export const matmulDimensions = (a: Shape, b: Shape): MatmulPlan => {
  if (a.length === 0 || b.length === 0)
    throw new ShapeError({
      operation: "matmul",
      rule: "operands need at least one axis",
      got: `${formatShape(a)} and ${formatShape(b)}`,
      fix: "use mul for scalars",
    });
  const [leadA, leadB] = [a.slice(0, -2), b.slice(0, -2)];
  const shared = leadB.length === 0 ? [] : broadcastShapes("matmul", leadA, leadB);
  const outLead = leadB.length === 0 ? leadA : shared;
  const left = leadB.length === 0 ? a : [...shared, ...a.slice(-2)];
  const right = leadB.length === 0 ? b : [...shared, ...b.slice(-2)];
  const vectorA = a.length === 1;
  // a vector on the left has no stack of its own: it multiplies every matrix on the right
  const fixedLeft = vectorA ? a : left;
  const batch = vectorA ? [] : shared.map((_, i) => i);
  const contract = { left: [fixedLeft.length - 1], right: [Math.max(0, right.length - 2)] };
  const shape = [
    ...outLead,
    ...(vectorA ? [] : a.slice(-2, -1)),
    ...(b.length === 1 ? [] : b.slice(-1)),
  ];
  return {
    left: fixedLeft,
    right,
    params: { contract, batch: { left: batch, right: batch } },
    shape,
  };
};
