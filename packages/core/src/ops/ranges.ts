import { checkDType, type DType } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { isTracing } from "../ir/trace.ts";
import { iotaP } from "../primitives/iota.ts";
import { checkShape, normalizeAxis, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type DTypeOptions, fromData } from "./creation.ts";
import { applyOne } from "./operand.ts";

/**
 * Each element is its index along `axis`, int32 unless told otherwise.
 *
 * ```ts doctest
 * import { iota } from "@adjoint/core";
 * await iota([2, 3], 1).toArray(); // => [[0, 1, 2], [0, 1, 2]]
 * ```
 */
export const iota = (
  shape: Shape,
  axis: number = 0,
  { dtype = "int32" }: DTypeOptions = {},
): Tensor =>
  applyOne(iotaP, [], {
    shape,
    dtype: checkDType("iota", dtype),
    axis: normalizeAxis("iota", axis, shape.length),
  });

/**
 * Numbers from `start` (0 when absent) towards `stop`, which is left out, in steps of `step`.
 * int32 when all three are whole, else float32. Throws ArgumentError for a step of 0 and numbers that are not finite.
 *
 * ```ts doctest
 * import { arange } from "@adjoint/core";
 * await arange(3).toArray(); // => [0, 1, 2]
 * await arange(5, 0, -2).toArray(); // => [5, 3, 1]
 * await arange(0, 1, 0.25).toArray(); // => [0, 0.25, 0.5, 0.75]
 * ```
 */
export function arange(stop: number, options?: DTypeOptions): Tensor;
export function arange(start: number, stop: number, options?: DTypeOptions): Tensor;
export function arange(start: number, stop: number, step: number, options?: DTypeOptions): Tensor;
export function arange(...args: readonly (number | DTypeOptions | undefined)[]): Tensor {
  const numbers = args.filter((a) => typeof a === "number");
  const { dtype } = args.find((a) => typeof a === "object") ?? {};
  const [start = 0, stop = 0, step = 1] = numbers.length === 1 ? [0, ...numbers] : numbers;
  if (![start, stop, step].every(Number.isFinite) || step === 0)
    throw new ArgumentError({
      operation: "arange",
      rule: "needs finite numbers and a step other than 0",
      got: numbers.join(", "),
    });
  const whole = [start, stop, step].every(Number.isInteger);
  return steps(
    Math.max(0, Math.ceil((stop - start) / step)),
    start,
    step,
    dtype ?? (whole ? "int32" : "float32"),
  );
}

/** Whether int32 holds it exactly. */
const isInt = (x: number): boolean => x === (x | 0);

/** `start + i * step`: an operation of the program in a trace, else in double precision and rounded once. */
const steps = (count: number, start: number, step: number, dtype: DType): Tensor => {
  checkShape("arange", [count]);
  const plain = start === 0 && step === 1;
  const exact = dtype === "int32" && [start, step, start + count * step].every(isInt);
  if (isTracing() && plain) return iota([count], 0, { dtype });
  if (isTracing() && exact) return iota([count]).mul(step).add(start);
  return fromData(
    Float64Array.from({ length: count }, (_, i) => start + i * step),
    [count],
    dtype,
  );
};

/** Settings of `linspace`. */
export type LinspaceOptions = DTypeOptions & {
  /** Whether `stop` is the last number; true when absent. */
  readonly endpoint?: boolean;
};

/**
 * `count` evenly spaced numbers from `start` to `stop`.
 *
 * ```ts doctest
 * import { linspace } from "@adjoint/core";
 * await linspace(0, 1, 5).toArray(); // => [0, 0.25, 0.5, 0.75, 1]
 * ```
 */
export const linspace = (
  start: number,
  stop: number,
  count: number = 50,
  options: LinspaceOptions = {},
): Tensor => {
  const { endpoint = true, dtype = "float32" } = options;
  if (!Number.isInteger(count) || count < 0)
    throw new ArgumentError({
      operation: "linspace",
      rule: "count must be a whole number of 0 or more",
      got: `${count}`,
    });
  checkShape("linspace", [count]);
  const parts = Math.max(1, endpoint ? count - 1 : count);
  const values = Float64Array.from(
    { length: count },
    (_, i) => start * (1 - i / parts) + stop * (i / parts),
  );
  return fromData(values, [count], dtype);
};

/** Settings of `eye`. */
export type EyeOptions = DTypeOptions & {
  /** Number of columns; as many as rows when absent. */
  readonly columns?: number;
  /** Which diagonal: 0 the main one, positive above it, negative below. */
  readonly offset?: number;
};

/**
 * Ones on a diagonal, zeros elsewhere.
 *
 * ```ts doctest
 * import { eye } from "@adjoint/core";
 * await eye(2).toArray(); // => [[1, 0], [0, 1]]
 * ```
 */
export const eye = (rows: number, options: EyeOptions = {}): Tensor => {
  const { columns = rows, offset = 0, dtype = "float32" } = options;
  const shape = [rows, columns];
  return iota(shape, 0).add(offset).equal(iota(shape, 1)).cast(checkDType("eye", dtype));
};
