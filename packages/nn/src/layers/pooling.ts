import { ArgumentError, ShapeError, take, type Tensor, tensor } from "@adjoint/core";
import { checkSize } from "../internal/check.ts";
import { widened } from "../internal/half-precision.ts";

const spatialAxes = (operation: string, x: Tensor): readonly number[] => {
  if (x.rank > 2) return x.shape.slice(2).map((_, i) => i + 2);
  throw new ShapeError({
    operation,
    rule: "takes x (N, C, ...spatial) with at least one spatial axis",
    got: `[${x.shape.join()}]`,
  });
};

/**
 * Mean over all spatial axes: x (N, C, ...spatial) gives (N, C). Throws ShapeError without a spatial axis.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { globalAvgPool, globalMaxPool } from "@adjoint/nn";
 * const x = tensor([[[1, 2, 6]]]);
 * [await globalAvgPool(x).toArray(), await globalMaxPool(x).toArray()]; // => [[[3]], [[6]]]
 * ```
 */
export const globalAvgPool = (x: Tensor): Tensor => x.mean([...spatialAxes("globalAvgPool", x)]);

/** Largest element over all spatial axes: x (N, C, ...spatial) gives (N, C). */
export const globalMaxPool = (x: Tensor): Tensor => x.max([...spatialAxes("globalMaxPool", x)]);

/** Elements floor(i n / m) to ceil((i + 1) n / m) of n for bin i of m: where each begins and how many it has. */
const binsOf = (n: number, m: number): readonly (readonly [start: number, size: number])[] =>
  Array.from({ length: m }, (_, i) => {
    const start = Math.floor((i * n) / m);
    return [start, Math.ceil(((i + 1) * n) / m) - start];
  });

/** Means over m bins of an axis. Only what is in a bin is read: a product with weights of 0 would turn infinities into NaN. */
const binMeans = (x: Tensor, axis: number, m: number): Tensor => {
  const n = x.shape[axis] ?? 1;
  const [lead, rest] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  if (n === m) return x;
  if (n % m === 0) return x.reshape([...lead, m, n / m, ...rest]).mean(axis + 1);
  const bins = binsOf(n, m);
  const width = Math.max(...bins.map(([, size]) => size));
  const places = bins.flatMap(([start, size]) =>
    Array.from({ length: width }, (_, j) => start + Math.min(j, size - 1)),
  );
  const inside = bins.map(([, size]) => Array.from({ length: width }, (_, j) => j < size));
  const ones = rest.map(() => 1);
  const taken = widened(take(x, tensor(Int32Array.from(places)), { axis }));
  return tensor(inside)
    .reshape([m, width, ...ones])
    .where(taken.reshape([...lead, m, width, ...rest]), 0)
    .sum(axis + 1)
    .div(
      tensor(
        bins.map(([, size]) => size),
        { dtype: taken.dtype },
      ).reshape([m, ...ones]),
    )
    .cast(x.dtype);
};

/**
 * Means over bins so that the result has the given spatial sizes, whatever those of x (N, C, ...spatial): bins as
 * PyTorch's `adaptive_avg_pool`. `size` is a number for every axis, or one each. Throws ArgumentError for bad sizes.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { adaptiveAvgPool } from "@adjoint/nn";
 * await adaptiveAvgPool(tensor([[[1, 3, 5]]]), 2).toArray(); // => [[[2, 4]]]
 * ```
 */
export const adaptiveAvgPool = (x: Tensor, size: number | readonly number[]): Tensor => {
  const axes = spatialAxes("adaptiveAvgPool", x);
  const sizes = typeof size === "number" ? axes.map(() => size) : size;
  if (sizes.length !== axes.length)
    throw new ArgumentError({
      operation: "adaptiveAvgPool",
      rule: `size must be a number, or ${axes.length} of them`,
      got: JSON.stringify(size),
    });
  return axes.reduce(
    (y, axis, i) => binMeans(y, axis, checkSize("adaptiveAvgPool", "size", sizes[i])),
    x,
  );
};
