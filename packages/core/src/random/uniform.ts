import { checkDType, type DType, isFloat } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import { maximum } from "../ops/arithmetic.ts";
import { rightShift } from "../ops/bits.ts";
import { applyPlain, asTensor } from "../ops/operand.ts";
import { fmaP } from "../primitives/fma.ts";
import type { Shape } from "../shape.ts";
import { Tensor, type TensorLike } from "../tensor.ts";
import { bits, hashCounters, type Key } from "./key.ts";

/** Setting of samplers of floating-point numbers. */
export type FloatOptions = {
  /** A floating-point dtype, float32 when absent. */
  readonly dtype?: DType;
};

/** Settings of `uniform`. */
export type UniformOptions = FloatOptions & {
  /** Lower end, 0 when absent, inside the range; broadcasts to the shape. */
  readonly minval?: TensorLike;
  /** Upper end, 1 when absent, outside the range; broadcasts to the shape. */
  readonly maxval?: TensorLike;
};

/** Checks that a sampler is asked for a floating-point dtype. */
export const floatDType = (operation: string, dtype: DType): DType => {
  if (isFloat(checkDType(operation, dtype))) return dtype;
  throw new DTypeError({
    operation,
    rule: "the dtype must be floating-point",
    got: dtype,
    fix: "use randint for integers",
  });
};

/** Fraction bits of the dtypes, all of which are filled; those of float64 come from both words of the hash. */
const fractionBits: Readonly<Record<string, number>> = { float32: 23, float16: 10, bfloat16: 7 };

/** As in JAX, the half-precision types read the low bits of the word: 16 of them, or 8. */
const usedBits: Readonly<Record<string, number>> = { float32: 32, float16: 16, bfloat16: 8 };

const fraction = (of: Key, shape: Shape, dtype: DType): Tensor => {
  if (dtype === "float64") return doubleFraction(of, shape);
  const [used, kept] = [usedBits[dtype] ?? 32, fractionBits[dtype] ?? 23];
  const word = bits(of, shape);
  const low = used === 32 ? word : word.mul(2 ** (32 - used)); // drops the high bits by wrapping around
  return rightShift(low, 32 - kept)
    .cast(dtype)
    .mul(2 ** -kept);
};

const doubleFraction = (of: Key, shape: Shape): Tensor => {
  const [high, low] = hashCounters("uniform", of, shape);
  return high
    .cast("float64")
    .mul(2 ** -32)
    .add(
      rightShift(low, 12)
        .cast("float64")
        .mul(2 ** -52),
    );
};

const isPowerOfTwo = (x: number | undefined): boolean =>
  x !== undefined && x > 0 && Number.isInteger(Math.log2(x));

/** `u * width + low` rounded once, as fused multiply-adds do; exact products need no fusing. */
const spread = (u: Tensor, low: Tensor, high: Tensor): Tensor => {
  const [from, to] = [low.literalValue, high.literalValue];
  if (from === undefined || to === undefined) return applyPlain(fmaP, u, high.sub(low), low);
  const width = Tensor.literal(to - from, u.dtype);
  return isPowerOfTwo(width.literalValue) ? u.mul(width).add(low) : applyPlain(fmaP, u, width, low);
};

/**
 * Numbers spread evenly over [minval, maxval), bit-equal to `jax.random.uniform`.
 *
 * ```ts doctest
 * import { key, uniform } from "@adjoint/core/random";
 * const x = uniform(key(0), [1000], { minval: -1, maxval: 1 });
 * [await x.min().greaterEqual(-1).item(), await x.max().less(1).item()]; // => [true, true]
 * ```
 */
export const uniform = (of: Key, shape: Shape = [], options: UniformOptions = {}): Tensor => {
  const { minval = 0, maxval = 1, dtype = "float32" } = options;
  const u = fraction(of, shape, floatDType("uniform", dtype));
  if (minval === 0 && maxval === 1) return u;
  const [low, high] = [asTensor(minval, dtype), asTensor(maxval, dtype)];
  return maximum(
    low,
    spread(
      u,
      low.rank === 0 ? low : low.broadcastTo(shape),
      high.rank === 0 ? high : high.broadcastTo(shape),
    ),
  );
};
