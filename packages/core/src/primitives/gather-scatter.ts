import { DTypeError, ShapeError, TransformError } from "../errors.ts";
import { formatAval, type Aval } from "../ir/aval.ts";
import { formatShape, sameShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { ArityError } from "./arity.ts";
import { andP } from "./binary.ts";
import { addTangents } from "./elementwise.ts";
import {
  gatherHost,
  type GatherParams,
  scatterHost,
  type ScatterParams,
} from "./gather-kernels.ts";
import { type IndexLayout, indexLayout } from "./index-layout.ts";
import { clampIndices, inRange, otherUpdates, zeros } from "./index-tensors.ts";
import { iotaP } from "./iota.ts";
import { bindOne, only, type Primitive, type Tangent, type TransposeInput } from "./primitive.ts";
import { invertPermutation } from "./transpose.ts";
import { checkDomain } from "./unary.ts";

const two = <T>(list: readonly T[]): readonly [T, T] => {
  const [a, b] = list;
  if (a === undefined || b === undefined) throw new ArityError("gather", 2, list.length);
  return [a, b];
};

const three = <T>(list: readonly T[]): readonly [T, T, T] => {
  const [a, b, c] = list;
  if (a === undefined || b === undefined || c === undefined)
    throw new ArityError("scatter", 3, list.length);
  return [a, b, c];
};

const valueOf = (input: TransposeInput): Tensor => {
  if (input.linear)
    throw new TransformError({ operation: "transpose", rule: "indices have no derivative" });
  return input.value;
};

const layoutOf = (
  operation: string,
  operand: { readonly aval: Aval },
  indices: { readonly aval: Aval },
  batchDims: number,
): IndexLayout => indexLayout(operation, operand.aval, indices.aval, batchDims);

const full = (x: Tensor, batched: boolean | undefined, size: number): Tensor =>
  batched === true ? x : x.broadcastTo([size, ...x.shape]);

/** Moves axis `from` to `to`, the others keeping their order. */
const moveAxis = (x: Tensor, from: number, to: number): Tensor => {
  const rest = x.shape.flatMap((_, i) => (i === from ? [] : [i]));
  return x.transpose([...rest.slice(0, to), from, ...rest.slice(to)]);
};

/**
 * Windows of the operand `[B..., I..., S...]` that indices int32 `[B..., O..., k]` point at: `[B..., O..., S...]`.
 * Indices out of range are clamped.
 */
export const gatherP: Primitive<GatherParams> = {
  name: "gather",
  abstractEval: (inputs, { batchDims }) => {
    const [x, indices] = two(inputs);
    const { batch, inner, outer, window } = indexLayout("gather", x, indices, batchDims);
    const shape = [...batch, ...outer, ...window];
    if (inner.includes(0) && sizeOf(shape) !== 0)
      throw new ShapeError({
        operation: "gather",
        rule: "an empty axis has nothing to index",
        got: formatShape(x.shape),
      });
    return [{ shape, dtype: x.dtype }];
  },
  evaluate: (inputs, { batchDims }) => {
    const [x, indices] = two(inputs);
    return [gatherHost(x, indices, batchDims)];
  },
  jvp: (inputs, [t = null], _outputs, params) => {
    const [, indices] = two(inputs);
    return [t === null ? null : bindOne(gatherP, [t, indices], params)];
  },
  transpose: (cotangents, inputs, { batchDims }) => {
    const ct = only(cotangents);
    const [x, indices] = two(inputs);
    if (ct === null || !x.linear) return [null, null];
    const places = clampIndices(valueOf(indices), layoutOf("gather", x, indices, batchDims));
    return [bindOne(scatterP, [zeros(ct, x.aval), places, ct], { batchDims, mode: "add" }), null];
  },
  vmap: (inputs, batched, { batchDims }, { size }) => {
    const [x, indices] = two(inputs);
    if (batched[0] === true) {
      const both = [x, full(indices, batched[1], size)];
      return { outputs: [bindOne(gatherP, both, { batchDims: batchDims + 1 })], batched: [true] };
    }
    const picked = bindOne(gatherP, [x, moveAxis(indices, 0, batchDims)], { batchDims });
    return { outputs: [moveAxis(picked, batchDims, 0)], batched: [true] };
  },
};

/** Marks, of the index rows that point at the same place, the last one in row-major order. */
const winners = (indices: Tensor, layout: IndexLayout, batchDims: number): Tensor => {
  const { batch, inner, outer, window } = layout;
  const count = sizeOf(outer);
  const ids = only(indices.bind(iotaP, [], { shape: [count], dtype: "int32", axis: 0 }))
    .reshape(outer)
    .broadcastTo([...batch, ...outer]);
  const table = zeros(indices, { shape: [...batch, ...inner], dtype: "int32" });
  const last = bindOne(scatterP, [table, indices, ids], { batchDims, mode: "set" });
  const won = bindOne(gatherP, [last, indices], { batchDims }).equal(ids);
  return won.reshape([...batch, ...outer, ...window.map(() => 1)]);
};

type ScatterRule = {
  readonly operands: readonly [Tensor, Tensor, Tensor];
  readonly output: Tensor;
  readonly params: ScatterParams;
};

/** Tangent of scatter max and min: the mean of the tangents of those that attain the extreme. */
const extremeTangent = (
  tx: Tangent,
  tu: Tangent,
  { operands, output, params }: ScatterRule,
): Tensor => {
  const [x, indices, updates] = operands;
  const { batchDims } = params;
  const chosenX = x.equal(output).cast(x.dtype);
  const chosenU = updates.equal(bindOne(gatherP, [output, indices], { batchDims })).cast(x.dtype);
  const add = (a: Tensor, b: Tensor): Tensor =>
    bindOne(scatterP, [a, indices, b], { batchDims, mode: "add" });
  const count = add(chosenX, chosenU);
  const shareX = tx === null ? zeros(x, x.aval) : tx.mul(chosenX);
  return (tu === null ? shareX : add(shareX, tu.mul(chosenU))).div(count);
};

/** Product rule; zeros and duplicates are right to every order. */
const productTangent = (tx: Tangent, tu: Tangent, { operands, params }: ScatterRule): Tangent => {
  const [x, indices, updates] = operands;
  const { batchDims } = params;
  const ones = x.literal(1, x.dtype).broadcastTo(x.shape);
  const ofX = tx === null ? null : tx.mul(bindOne(scatterP, [ones, indices, updates], params));
  if (tu === null) return ofX;
  const others = otherUpdates(indices, updates, layoutOf("scatter", x, indices, batchDims));
  const slope = others.mul(bindOne(gatherP, [x, indices], { batchDims }));
  const ofU = bindOne(scatterP, [zeros(x, x.aval), indices, tu.mul(slope)], {
    batchDims,
    mode: "add",
  });
  return addTangents(ofX, ofU);
};

/**
 * The operand `[B..., I..., S...]` with updates `[B..., O..., S...]` combined into the windows that indices int32
 * `[B..., O..., k]` point at, in row-major order (so of several "set" the last wins). Out of range: dropped.
 */
export const scatterP: Primitive<ScatterParams> = {
  name: "scatter",
  abstractEval: (inputs, { batchDims, mode }) => {
    const [x, indices, updates] = three(inputs);
    if (mode === "add" || mode === "mul") checkDomain(`scatter ${mode}`, "number", x.dtype);
    if (x.dtype !== updates.dtype)
      throw new DTypeError({
        operation: "scatter",
        rule: "updates must have the operand's dtype",
        got: `${formatAval(x)} and ${formatAval(updates)}`,
      });
    const { batch, outer, window } = indexLayout("scatter", x, indices, batchDims);
    const wanted = [...batch, ...outer, ...window];
    if (!sameShape(updates.shape, wanted))
      throw new ShapeError({
        operation: "scatter",
        rule: `updates must have shape ${formatShape(wanted)} for operand ${formatShape(x.shape)} and indices ${formatShape(indices.shape)}`,
        got: formatShape(updates.shape),
        fix: "use broadcastTo",
      });
    return [x];
  },
  evaluate: (inputs, params) => {
    const [x, indices, updates] = three(inputs);
    return [scatterHost(x, indices, updates, params)];
  },
  jvp: (inputs, [tx = null, , tu = null], outputs, params) => {
    const operands = three(inputs);
    const [x, indices, updates] = operands;
    if (tx === null && tu === null) return [null];
    const rule = { operands, output: only(outputs), params };
    if (params.mode === "max" || params.mode === "min") return [extremeTangent(tx, tu, rule)];
    if (params.mode === "mul") return [productTangent(tx, tu, rule)];
    const [a, b] = [tx ?? zeros(x, x.aval), tu ?? zeros(x, updates.aval)];
    return [params.mode === "add" && tu === null ? a : bindOne(scatterP, [a, indices, b], params)];
  },
  transpose: (cotangents, inputs, { batchDims, mode }) => {
    const ct = only(cotangents);
    const [x, indexInput, updates] = three(inputs);
    if (ct === null) return [null, null, null];
    if (mode !== "set" && mode !== "add")
      throw new TransformError({
        operation: `scatter ${mode}`,
        rule: "is not linear, so it has no transpose",
      });
    const indices = valueOf(indexInput);
    const layout = layoutOf("scatter", x, indexInput, batchDims);
    const kept = (): Tensor =>
      mode === "add"
        ? ct
        : bindOne(scatterP, [ct, indices, zeros(ct, updates.aval)], { batchDims, mode });
    const taken = (): Tensor => {
      const arrived = inRange(indices, layout);
      const counts =
        mode === "add"
          ? arrived
          : bindOne(andP, [arrived, winners(indices, layout, batchDims)], {});
      return counts.where(bindOne(gatherP, [ct, indices], { batchDims }), 0);
    };
    return [x.linear ? kept() : null, null, updates.linear ? taken() : null];
  },
  vmap: (inputs, batched, { batchDims, mode }, { size }) => {
    const wide = inputs.map((x, i) => full(x, batched[i], size));
    return {
      outputs: [bindOne(scatterP, wide, { batchDims: batchDims + 1, mode })],
      batched: [true],
    };
  },
};

/** Elements of `x` along `axis` at `indices`, which have the shape of `x` but on that axis. */
export const gatherAlong = (x: Tensor, indices: Tensor, axis: number): Tensor => {
  const last = x.rank - 1;
  const rest = x.shape.flatMap((_, i) => (i === axis ? [] : [i]));
  const perm = [...rest, axis];
  const places = indices.transpose(perm);
  const picked = bindOne(gatherP, [x.transpose(perm), places.reshape([...places.shape, 1])], {
    batchDims: last,
  });
  return picked.transpose(invertPermutation(perm));
};
