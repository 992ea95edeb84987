import type { TensorLike } from "@adjoint/core";

/**
 * What an optimizer remembers between steps: a plain tree of tensors that goes through `jit` (donated, if you like),
 * `scan` and checkpoints like any other. Only the transformation that made it knows what is inside.
 */
export type OptState = readonly unknown[] | { readonly [key: string]: unknown } | null;

/** What some rules want to know of a step besides its gradients; `chain` and its like hand it to every rule. */
export type UpdateExtras = {
  /** How many trained tokens (or examples) the gradients are of, a scalar; `multiSteps` weighs by it. */
  readonly tokens?: TensorLike;
  /** A fresh estimate of the Hessian's diagonal, a tree like the parameters; `sophia` takes it in. */
  readonly hessian?: unknown;
};

/**
 * A pure rule that turns gradients into updates. `init` makes its state for parameters; `update` gives the updates to
 * add to the parameters, and the next state. P is any tree of tensors. Rules are put together by `chain`; all are
 * jittable.
 * @see https://optax.readthedocs.io
 */
export type GradientTransformation = {
  readonly init: <P>(params: P) => OptState;
  readonly update: <P>(
    grads: P,
    state: OptState,
    params: P,
    extras?: UpdateExtras,
  ) => readonly [updates: P, state: OptState];
};

/** An optimizer that trains one set of parameters and is best evaluated on another, which it keeps in its state. */
export type EvaluatedTransformation = GradientTransformation & {
  /**
   * The parameters to evaluate, for the parameters and the state after a step: its own, or that of an optimizer which has
   * this one somewhere inside.
   */
  readonly evalParams: <P>(state: OptState, params: P) => P;
};
