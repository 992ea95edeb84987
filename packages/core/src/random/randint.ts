import type { DType } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { remainder } from "../ops/arithmetic.ts";
import { asTensor, isTensor } from "../ops/operand.ts";
import type { Shape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { bits, type Key, splitTuple } from "./key.ts";

/** Settings of `randint`. */
export type RandintOptions = {
  /** int32 when absent, or uint32. */
  readonly dtype?: "int32" | "uint32";
};

/** The bounds as tensors, and the number of values between them as uint32; 0 stands for all 2^32. */
type Range = { readonly low: Tensor; readonly span: Tensor };

const limits = (dtype: DType): readonly [number, number] =>
  dtype === "uint32" ? [0, 2 ** 32 - 1] : [-(2 ** 31), 2 ** 31 - 1];

const numericRange = (minval: number, maxval: number, dtype: DType): Range => {
  const [least, most] = limits(dtype);
  if (Number.isNaN(minval) || Number.isNaN(maxval))
    throw new ArgumentError({
      operation: "randint",
      rule: "bounds must be numbers",
      got: `${minval}, ${maxval}`,
    });
  const low = Math.min(Math.max(Math.trunc(minval), least), most);
  const high = Math.min(Math.max(Math.trunc(maxval), least), most + 1);
  return {
    low: Tensor.literal(low, dtype),
    span: Tensor.literal(high > low ? (high - low) % 2 ** 32 : 1, "uint32"),
  };
};

const tensorRange = (minval: Tensor, maxval: Tensor): Range => {
  const span = maxval.sub(minval).cast("uint32"); // wraps to the right distance
  return { low: minval, span: maxval.greater(minval).where(span, span.literal(1, "uint32")) };
};

const rangeOf = (minval: number | Tensor, maxval: number | Tensor, dtype: DType): Range =>
  isTensor(minval) || isTensor(maxval)
    ? tensorRange(asTensor(minval).cast(dtype), asTensor(maxval).cast(dtype))
    : numericRange(minval, maxval, dtype);

/** (high * 2^32 + low) modulo `span`, all in wrapping 32-bit arithmetic. */
const reduce = (high: Tensor, low: Tensor, span: Tensor): Tensor => {
  if (span.literalValue === 0) return low;
  const half = remainder(span.literal(65536, "uint32"), span);
  const multiplier = remainder(half.mul(half), span);
  return remainder(remainder(high, span).mul(multiplier).add(remainder(low, span)), span);
};

/**
 * Whole numbers of [minval, maxval), equal to `jax.random.randint`; `minval` where that range is empty. Bounds broadcast
 * to the shape, lose their fraction and are cut to the range of the dtype.
 *
 * ```ts doctest
 * import { key, randint } from "@adjoint/core/random";
 * const x = randint(key(0), [100], 1, 7);
 * [x.dtype, await x.min().item(), await x.max().item()]; // => ["int32", 1, 6]
 * ```
 */
export const randint = (
  of: Key,
  shape: Shape,
  minval: number | Tensor,
  maxval: number | Tensor,
  { dtype = "int32" }: RandintOptions = {},
): Tensor => {
  const [forHigh, forLow] = splitTuple(of, 2);
  const { low, span } = rangeOf(minval, maxval, dtype);
  const offset = reduce(bits(forHigh, shape), bits(forLow, shape), span);
  return offset.cast(dtype).add(low);
};
