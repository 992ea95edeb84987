import { type Tensor, zerosLike } from "@adjoint/core";
import type { Hyperparam } from "../hyperparam.ts";
import { checkHyperparam } from "./check.ts";
import { startCount } from "./count.ts";
import { mapState } from "./map-tensors.ts";
import { moved } from "./scalars.ts";

/** Settings of the two moving means of Adam and its relatives. */
export type MomentOptions = {
  /** Decay of the mean of the gradients; default 0.9. */
  readonly b1?: Hyperparam;
  /** Decay of the mean of their squares; default 0.999. */
  readonly b2?: Hyperparam;
  /** Added to the root; default 1e-8. */
  readonly eps?: Hyperparam;
};

/** Steps so far, mean of the gradients, mean of their squares: in the dtypes of the parameters. */
export type Moments = { readonly count: Tensor; readonly mu: unknown; readonly nu: unknown };

/** Throws ArgumentError for settings out of range. */
export const checkMoments = (
  operation: string,
  { b1 = 0, b2 = 0, eps = 0 }: MomentOptions,
): void => {
  checkHyperparam(operation, "b1", b1, { min: 0, below: 1 });
  checkHyperparam(operation, "b2", b2, { min: 0, below: 1 });
  checkHyperparam(operation, "eps", eps, { min: 0 });
};

/** The moments before the first step. */
export const startMoments = (params: unknown): Moments => ({
  count: startCount(),
  mu: mapState(zerosLike, params),
  nu: mapState(zerosLike, params),
});

/** A tree of moving means, one step later. */
export const nextMean = (means: unknown, grads: unknown, decay: Hyperparam): unknown =>
  mapState((m, g) => moved(m, g, decay), means, grads);

/** A tree of moving means of squares, one step later. */
export const nextSquares = (means: unknown, grads: unknown, decay: Hyperparam): unknown =>
  mapState((v, g) => moved(v, g.mul(g), decay), means, grads);

/** The moments one step later. */
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
