import { isFloat, type DType } from "./dtype.ts";
import { ShapeError } from "./errors.ts";
import type { Aval } from "./ir/aval.ts";
import * as P from "./primitives/binary.ts";
import { broadcastP } from "./primitives/broadcast.ts";
import { castP } from "./primitives/convert.ts";
import { dotGeneralP, matmulDimensions } from "./primitives/dot-general.ts";
import { integerPowP } from "./primitives/integer-pow.ts";
import { only, type Params, type Primitive } from "./primitives/primitive.ts";
import {
  keepDims,
  maxReduceP,
  minReduceP,
  prodP,
  allP,
  anyP,
  type ReduceParams,
  sumP,
} from "./primitives/reduction.ts";
import { reshapeP } from "./primitives/reshape.ts";
import { selectP } from "./primitives/select.ts";
import { sliceP } from "./primitives/slice.ts";
import { transposeP } from "./primitives/transpose.ts";
import * as U from "./primitives/unary.ts";
import { promotePair, toFloat, widen } from "./promote.ts";
import {
  formatShape,
  normalizeAxes,
  normalizeAxis,
  sameShape,
  type Shape,
  sizeOf,
  requireList,
} from "./shape.ts";
import type { Tensor, TensorLike } from "./tensor.ts";

/** One axis, several, or (when absent) all. Negative axes count from the end. */
export type Axis = number | readonly number[];

/** Settings of reductions. */
export type ReduceOptions = {
  /** Keep the reduced axes with size 1. */
  readonly keepDims?: boolean;
};

/** The operations people chain, as methods of a tensor. Each is the function of the same name. */
export abstract class TensorMethods {
  abstract readonly aval: Aval;
  abstract get shape(): Shape;
  abstract get dtype(): DType;
  /** @internal */
  abstract bind<P extends Params>(
    primitive: Primitive<P>,
    inputs: readonly Tensor[],
    params: P,
  ): readonly Tensor[];
  /** @internal */
  abstract literal(value: number, dtype: DType): Tensor;
  /** @internal */
  protected abstract self(): Tensor;

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  #one<P extends Params>(primitive: Primitive<P>, inputs: readonly Tensor[], params: P): Tensor {
    return only(this.bind(primitive, inputs, params));
  }

  #binary(primitive: Primitive<U.NoParams>, other: TensorLike): Tensor {
    return this.#one(primitive, promotePair(this.self(), other), {});
  }

  #unary(primitive: Primitive<U.NoParams>): Tensor {
    return this.#one(primitive, [this.self()], {});
  }

  #float(primitive: Primitive<U.NoParams>): Tensor {
    return this.#one(primitive, [toFloat(this.self())], {});
  }

  #reduce(
    primitive: Primitive<ReduceParams>,
    axis: Axis | undefined,
    options: ReduceOptions,
  ): Tensor {
    const axes = normalizeAxes(primitive.name, axis, this.rank);
    const reduced = this.#one(primitive, [this.self()], { axes });
    return options.keepDims === true ? reduced.reshape(keepDims(this.shape, axes)) : reduced;
  }

  add(other: TensorLike): Tensor {
    const [a, b] = promotePair(this.self(), other);
    return this.#one(a.dtype === "bool" ? P.orP : P.addP, [a, b], {});
  }
  sub(other: TensorLike): Tensor {
    return this.#binary(P.subP, other);
  }
  mul(other: TensorLike): Tensor {
    const [a, b] = promotePair(this.self(), other);
    return this.#one(a.dtype === "bool" ? P.andP : P.mulP, [a, b], {});
  }
  /** True division: integers give float32. */
  div(other: TensorLike): Tensor {
    const [a, b] = promotePair(this.self(), other);
    return this.#one(P.divP, [toFloat(a), toFloat(b)], {});
  }
  pow(exponent: TensorLike): Tensor {
    if (this.dtype === "bool") return this.cast("int32").pow(exponent);
    const isStatic = typeof exponent === "number" && Number.isInteger(exponent);
    if (isStatic && (exponent >= 0 || isFloat(this.dtype))) return this.#integerPow(exponent);
    return this.#binary(P.powP, exponent);
  }
  #integerPow(exponent: number): Tensor {
    if (exponent === 1) return this.self();
    if (exponent === 2) return this.mul(this.self());
    return this.#one(integerPowP, [this.self()], { exponent });
  }
  neg(): Tensor {
    return this.#unary(U.negP);
  }
  abs(): Tensor {
    return this.#unary(U.absP);
  }
  sign(): Tensor {
    return this.#unary(U.signP);
  }
  floor(): Tensor {
    return isFloat(this.dtype) ? this.#unary(U.floorP) : this.self();
  }
  /** Nearest integer, ties to even. */
  round(): Tensor {
    return isFloat(this.dtype) ? this.#unary(U.roundP) : this.self();
  }
  exp(): Tensor {
    return this.#float(U.expP);
  }
  log(): Tensor {
    return this.#float(U.logP);
  }
  sqrt(): Tensor {
    return this.#float(U.sqrtP);
  }
  rsqrt(): Tensor {
    return this.#float(U.rsqrtP);
  }
  sin(): Tensor {
    return this.#float(U.sinP);
  }
  cos(): Tensor {
    return this.#float(U.cosP);
  }
  sinh(): Tensor {
    return this.#float(U.sinhP);
  }
  cosh(): Tensor {
    return this.#float(U.coshP);
  }
  tanh(): Tensor {
    return this.#float(U.tanhP);
  }
  equal(other: TensorLike): Tensor {
    return this.#binary(P.equalP, other);
  }
  notEqual(other: TensorLike): Tensor {
    return this.#binary(P.notEqualP, other);
  }
  less(other: TensorLike): Tensor {
    return this.#binary(P.lessP, other);
  }
  lessEqual(other: TensorLike): Tensor {
    return this.#binary(P.lessEqualP, other);
  }
  greater(other: TensorLike): Tensor {
    return this.#binary(P.greaterP, other);
  }
  greaterEqual(other: TensorLike): Tensor {
    return this.#binary(P.greaterEqualP, other);
  }

  /** With `this` as a bool condition: `a` where true, `b` elsewhere. */
  where(a: TensorLike, b: TensorLike): Tensor {
    const root = this.self();
    const first = typeof a === "object" ? a : undefined;
    const second = typeof b === "object" ? b : undefined;
    const [x, y] =
      first !== undefined
        ? promotePair(first, b)
        : second !== undefined
          ? swap(promotePair(second, a))
          : promotePair(root.literal(Number(a), typeof a === "boolean" ? "bool" : "float32"), b);
    return this.#one(selectP, [this.#truth(), x, y], {});
  }

  /** Converts to `dtype`; the tensor itself when it already has it. */
  cast(dtype: DType): Tensor {
    return dtype === this.dtype ? this.self() : this.#one(castP, [this.self()], { dtype });
  }

  /** Matrix product as `numpy.matmul`: the last two axes multiply, the others broadcast. */
  matmul(other: Tensor): Tensor {
    const [a, b] = promotePair(this.self(), other);
    const { left, right, params, shape } = matmulDimensions(a.shape, b.shape);
    const [x, y] = [a.broadcastTo(left), b.broadcastTo(right)];
    return this.#one(dotGeneralP, [x, y], params).reshape(shape);
  }

  sum(axis?: Axis, options: ReduceOptions = {}): Tensor {
    const x = this.dtype === "bool" ? this.cast("int32") : this.self();
    return x.#reduce(sumP, axis, options);
  }
  /** Arithmetic mean; integers give float32, half precision is summed in float32. */
  mean(axis?: Axis, options: ReduceOptions = {}): Tensor {
    const x = toFloat(this.self());
    const n = sizeOf(normalizeAxes("mean", axis, this.rank).map((i) => this.shape[i] ?? 1));
    return widen(x).sum(axis, options).div(n).cast(x.dtype);
  }
  prod(axis?: Axis, options: ReduceOptions = {}): Tensor {
    const x = this.dtype === "bool" ? this.cast("int32") : this.self();
    return x.#reduce(prodP, axis, options);
  }
  max(axis?: Axis, options: ReduceOptions = {}): Tensor {
    return this.#reduce(maxReduceP, axis, options);
  }
  min(axis?: Axis, options: ReduceOptions = {}): Tensor {
    return this.#reduce(minReduceP, axis, options);
  }
  all(axis?: Axis, options: ReduceOptions = {}): Tensor {
    return this.#truth().#reduce(allP, axis, options);
  }
  any(axis?: Axis, options: ReduceOptions = {}): Tensor {
    return this.#truth().#reduce(anyP, axis, options);
  }

  /** Nonzero is true. */
  #truth(): Tensor {
    return this.dtype === "bool" ? this.self() : this.notEqual(0);
  }

  /** The same elements under another shape; one size may be -1, meaning "what is left". */
  reshape(shape: Shape): Tensor {
    const target = inferShape(this.shape, shape);
    return sameShape(target, this.shape)
      ? this.self()
      : this.#one(reshapeP, [this.self()], { shape: target });
  }
  /** Permutes the axes; without `perm` their order is reversed. */
  transpose(perm?: readonly number[]): Tensor {
    const axes =
      perm?.map((a) => normalizeAxis("transpose", a, this.rank)) ??
      this.shape.map((_, i) => this.rank - 1 - i);
    const trivial = axes.length === this.rank && axes.every((a, i) => a === i);
    return trivial ? this.self() : this.#one(transposeP, [this.self()], { perm: axes });
  }
  broadcastTo(shape: Shape): Tensor {
    return sameShape(shape, this.shape)
      ? this.self()
      : this.#one(broadcastP, [this.self()], { shape });
  }
  expandDims(axis: number): Tensor {
    const place = normalizeAxis("expandDims", axis, this.rank + 1);
    return this.reshape([...this.shape.slice(0, place), 1, ...this.shape.slice(place)]);
  }
  /** Drops axes of size 1: the given ones, or all of them. */
  squeeze(axis?: Axis): Tensor {
    const ones = this.shape.flatMap((d, i) => (d === 1 ? [i] : []));
    const axes = axis === undefined ? ones : normalizeAxes("squeeze", axis, this.rank);
    if (axes.some((a) => this.shape[a] !== 1))
      throw new ShapeError({
        operation: "squeeze",
        rule: "squeezed axes must have size 1",
        got: `axes [${axes.join(",")}] of ${formatShape(this.shape)}`,
      });
    return this.reshape(this.shape.filter((_, i) => !axes.includes(i)));
  }
  flatten(): Tensor {
    return this.reshape([this.size]);
  }
  /** From `start` (inclusive) to `limit` (exclusive) on every axis, in positive `strides`; all in range. */
  slice(start: readonly number[], limit: readonly number[], strides?: readonly number[]): Tensor {
    return this.#one(sliceP, [this.self()], {
      start,
      limit,
      strides: strides ?? start.map(() => 1),
    });
  }
}

const swap = <T>([a, b]: readonly [T, T]): readonly [T, T] => [b, a];

const inferShape = (from: Shape, to: Shape): Shape => {
  requireList("reshape", to);
  const unknown = to.filter((d) => d === -1).length;
  if (unknown === 0) return to;
  const known = to.reduce((n, d) => (d === -1 ? n : n * d), 1);
  const rest = sizeOf(from) / known;
  if (unknown > 1 || !Number.isInteger(rest))
    throw new ShapeError({
      operation: "reshape",
      rule: "one size may be -1, and the others must divide the number of elements",
      got: `${formatShape(from)} to ${formatShape(to)}`,
    });
  return to.map((d) => (d === -1 ? rest : d));
};
