import { type Tensor, tensor } from "@adjoint/core";
import { checkSize } from "../internal/check.ts";

const geometric = (count: number, of: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => 2 ** ((-8 * (i + 1)) / of));

/**
 * The slope of each head: 2^(-8 / n), 2^(-16 / n), ...; where the number of heads is no power of two, those of the power
 * below, and every second one of the power above, as the authors' code does. Throws ArgumentError for a bad number.
 *
 * ```ts doctest
 * import { alibiSlopes } from "@adjoint/nn";
 * alibiSlopes(4); // => [0.25, 0.0625, 0.015625, 0.00390625]
 * alibiSlopes(3); // => [0.0625, 0.00390625, 0.25]
 * ```
 */
export const alibiSlopes = (nHead: number): readonly number[] => {
  const power = 2 ** Math.floor(Math.log2(checkSize("alibi", "nHead", nHead)));
  const extra = geometric(2 * power, 2 * power).filter((_, i) => i % 2 === 0);
  return [...geometric(power, power), ...extra.slice(0, nHead - power)];
};

/**
 * Attention with linear biases: places of queries (T) and keys (S) give -slope |t - s|, (H, T, S), to be added to the
 * scores.
 * @see https://arxiv.org/abs/2108.12409
 *
 * ```ts doctest
 * import { arange } from "@adjoint/core";
 * import { alibiBias } from "@adjoint/nn";
 * await alibiBias(arange(3), arange(3), { nHead: 1 }).slice([0, 2, 0], [1, 3, 3]).flatten().toArray();
 * // => [-0.0078125, -0.00390625, 0]
 * ```
 */
export const alibiBias = (
  queryPlaces: Tensor,
  keyPlaces: Tensor,
  { nHead }: { readonly nHead: number },
): Tensor => {
  const behind = queryPlaces.expandDims(-1).sub(keyPlaces.expandDims(-2)).abs().neg();
  const slopes = tensor([...alibiSlopes(nHead)]).reshape([nHead, 1, 1]);
  return behind.expandDims(-3).cast("float32").mul(slopes);
};
