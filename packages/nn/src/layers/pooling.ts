import { ArgumentError, moveaxis, ShapeError, type Tensor, tensor } from "@adjoint/core";
import { checkSize } from "../internal/check.ts";

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

/** Row i holds the mean of elements floor(i n / m) to ceil((i + 1) n / m): (m, n). */
const binMeans = (n: number, m: number, dtype: Tensor["dtype"]): Tensor => {
  const rows = Array.from({ length: m }, (_, i) => {
    const [start, end] = [Math.floor((i * n) / m), Math.ceil(((i + 1) * n) / m)];
    return Array.from({ length: n }, (_, j) => (j >= start && j < end ? 1 / (end - start) : 0));
  });
  return tensor(rows, { dtype });
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
  return axes.reduce((y, axis, i) => {
    const means = binMeans(
      x.shape[axis] ?? 1,
      checkSize("adaptiveAvgPool", "size", sizes[i]),
      x.dtype,
    );
    return moveaxis(moveaxis(y, axis, -1).matmul(means.transpose()), -1, axis);
  }, x);
};
