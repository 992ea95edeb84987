import { type DType, isFloat, promoteTypes, type Tensor, zerosLike } from "@adjoint/core";
import type { Hyperparam } from "../hyperparam.ts";
import { checkFloat, checkHyperparam } from "./check.ts";
import { startCount } from "./count.ts";
import { mapState } from "./map-tensors.ts";
import { moved, raisedBy, scaledBy } from "./scalars.ts";

/** Settings of the two moving means of Adam and its relatives. */
export type MomentOptions = {
  /** Decay of the mean of the gradients; default 0.9. */
  readonly b1?: Hyperparam;
  /** Decay of the mean of their squares; default 0.999. */
  readonly b2?: Hyperparam;
  /** Added to the root; default 1e-8. */
  readonly eps?: Hyperparam;
  /**
   * Added inside the root; default 0. Above 0 gradients go through updates (meta-learning), which are NaN at a gradient
   * of 0 otherwise: there the root has no slope.
   */
  readonly epsRoot?: Hyperparam;
  /** dtype in which the mean of the gradients is kept; default that of each parameter. */
  readonly muDtype?: DType | undefined;
  /**
   * dtype in which the mean of their squares is kept; default that of each parameter. Give "float32" for bfloat16
   * parameters: with b2 0.999 a mean moves by a thousandth, and bfloat16 tells 256 numbers of one size apart.
   */
  readonly nuDtype?: DType | undefined;
};

/** Steps so far, mean of the gradients, mean of their squares. */
export type Moments = { readonly count: Tensor; readonly mu: unknown; readonly nu: unknown };

/** Throws ArgumentError for settings out of range. */
export const checkMoments = (
  operation: string,
  { b1 = 0, b2 = 0, eps = 0, epsRoot = 0, muDtype, nuDtype }: MomentOptions,
): void => {
  checkHyperparam(operation, "b1", b1, { min: 0, below: 1 });
  checkHyperparam(operation, "b2", b2, { min: 0, below: 1 });
  checkHyperparam(operation, "eps", eps, { min: 0 });
  checkHyperparam(operation, "epsRoot", epsRoot, { min: 0 });
  checkFloat(operation, "muDtype", muDtype);
  checkFloat(operation, "nuDtype", nuDtype);
};

/** Zeros like a tree of parameters, in their dtypes unless another is given. */
export const zerosIn = (dtype: DType | undefined, params: unknown): unknown =>
  mapState((p) => zerosLike(p, { dtype: dtype ?? p.dtype }), params);

/** The moments before the first step. */
export const startMoments = (
  params: unknown,
  { muDtype, nuDtype }: Pick<MomentOptions, "muDtype" | "nuDtype"> = {},
): Moments => ({
  count: startCount(),
  mu: zerosIn(muDtype, params),
  nu: zerosIn(nuDtype, params),
});

/** A tree of moving means, one step later. */
export const nextMean = (means: unknown, grads: unknown, decay: Hyperparam): unknown =>
  mapState((m, g) => moved(m, g, decay), means, grads);

/** A tree of moving means of squares, one step later. */
export const nextSquares = (means: unknown, grads: unknown, decay: Hyperparam): unknown =>
  mapState(
    (v, g) => {
      const wide = g.cast(promoteTypes(v.dtype, g.dtype));
      return moved(v, wide.mul(wide), decay);
    },
    means,
    grads,
  );

/** The moments one step later, in the wider dtypes of moments and gradients: `kept` gives what the state holds. */
export const nextMoments = (
  grads: unknown,
  { count, mu, nu }: Moments,
  b1: Hyperparam,
  b2: Hyperparam,
): Moments => ({
  count: count.add(1),
  mu: nextMean(mu, grads, b1),
  nu: nextSquares(nu, grads, b2),
});

/** A part of the next state in the dtypes of the one before. */
export const keptPart = (next: unknown, before: unknown): unknown =>
  mapState((m, old) => (isFloat(old.dtype) ? m.cast(old.dtype) : m), next, before);

/** The next moments in the dtypes of those before. */
export const kept = ({ count, mu, nu }: Moments, before: Moments): Moments => ({
  count,
  mu: keptPart(mu, before.mu),
  nu: keptPart(nu, before.nu),
});

/** sqrt(scale^2 v + epsRoot), the scale outside of the root where nothing is added; 1 when it is absent. */
export const rootOf = (v: Tensor, epsRoot: Hyperparam, scale?: Tensor): Tensor => {
  if (epsRoot === 0) return scale === undefined ? v.sqrt() : scaledBy(v.sqrt(), scale);
  const square = scale === undefined ? v : scaledBy(v, scale.mul(scale));
  return raisedBy(square, epsRoot).sqrt();
};
