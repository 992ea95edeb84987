/**
 * What an optimizer remembers between steps: a plain tree of tensors that goes through `jit` (donated, if you like),
 * `scan` and checkpoints like any other. Only the transformation that made it knows what is inside.
 */
export type OptState = readonly unknown[] | { readonly [key: string]: unknown } | null;

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
  ) => readonly [updates: P, state: OptState];
};
