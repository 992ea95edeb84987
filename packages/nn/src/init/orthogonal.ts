import { diagonal, qr, ShapeError } from "@adjoint/core";
import { normal } from "@adjoint/core/random";
import type { Initializer } from "./initializer.ts";

/**
 * Kernels with orthonormal columns (or rows, where there are fewer), times `gain`: all axes but the last count as rows.
 * The same numbers as `jax.nn.initializers.orthogonal`. The initializer throws ShapeError for fewer than two axes.
 * @see https://arxiv.org/abs/1312.6120
 *
 * ```ts doctest
 * import { key } from "@adjoint/core/random";
 * import { orthogonalInit } from "@adjoint/nn";
 * const q = orthogonalInit()(key(0), [4, 2]);
 * const product = await q.transpose().matmul(q).data();
 * Array.from(product, (x) => Math.round(x) + 0); // => [1, 0, 0, 1]
 * ```
 */
export const orthogonalInit =
  (gain: number = 1): Initializer =>
  (key, shape) => {
    const columns = shape.at(-1) ?? 0;
    if (shape.length < 2 || columns === 0)
      throw new ShapeError({
        operation: "orthogonalInit",
        rule: "needs a shape of at least two axes, none of size 0",
        got: `[${shape.join()}]`,
      });
    const rows = shape.slice(0, -1).reduce((n, d) => n * d, 1);
    // a tall matrix either way: its Q has orthonormal columns
    const { q, r } = qr(normal(key, [Math.max(rows, columns), Math.min(rows, columns)]));
    // the signs make the distribution uniform over all orthogonal matrices
    const signed = q.mul(diagonal(r).sign());
    return (columns > rows ? signed.transpose() : signed).reshape(shape).mul(gain);
  };
