import { hvp, type Tensor } from "@adjoint/core";
import { bernoulli, foldIn, type Key } from "@adjoint/core/random";
import { mapTensors, tensorLeaves, withLeaves } from "../internal/map-tensors.ts";
import { trusted } from "../internal/trusted.ts";

/** Plus or minus one for each element of a tree. */
const signsLike = <P>(tree: P, key: Key): P => {
  const all = tensorLeaves(tree);
  return withLeaves(
    tree,
    all.map((x, i) => bernoulli(foldIn(key, i), x.shape).where(1, -1).cast(x.dtype)),
  );
};

/**
 * Hutchinson's estimate of the diagonal of a loss's Hessian: v (H v) with random signs v, exact in the mean and for a
 * diagonal Hessian. It costs about two gradients. Shapes and dtypes are those of the parameters.
 * @see https://arxiv.org/abs/2305.14342
 *
 * ```ts doctest
 * import { tensor, type Tensor } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { hutchinsonDiagonal } from "@adjoint/optim";
 * const loss = ({ x }: { x: Tensor }) => x.pow(3).sum();
 * await hutchinsonDiagonal(loss, { x: tensor([1, 2]) }, key(0)).x.toArray(); // => [6, 12]
 * ```
 */
export const hutchinsonDiagonal = <P>(loss: (params: P) => Tensor, params: P, key: Key): P => {
  const signs = signsLike(params, key);
  // trees of tensors, as P is: TypeScript cannot know for a type parameter
  const product = trusted<P>(hvp<[P], Tensor>(loss, [params], trusted([signs])));
  return mapTensors((h, v) => h.mul(v), product, signs);
};

/**
 * The Gauss-Newton-Bartlett estimate of the diagonal: the squares of the mean gradients for targets drawn from the model's
 * own predictions, times the number of them.
 * @see https://arxiv.org/abs/2305.14342
 */
export const bartlettDiagonal = <P>(gradsOfSampledTargets: P, count: number): P =>
  mapTensors((g) => g.mul(g).mul(count), gradsOfSampledTargets);
