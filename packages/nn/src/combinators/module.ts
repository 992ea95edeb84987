import type { Tensor } from "@adjoint/core";
import type { Key } from "@adjoint/core/random";
import { withKey } from "../internal/any-module.ts";
import type { Layer } from "../layers/layer.ts";

/** What every part of a model gets when it runs. */
export type RunOptions = {
  /** Present while training: what dropout draws from. */
  readonly key?: Key | undefined;
};

/** A layer with its settings chosen: parameters from a key, a value from parameters. What the combinators combine. */
export type Module<P, X = Tensor, Y = Tensor> = {
  readonly init: (key: Key) => P;
  readonly apply: (params: P, x: X, run?: RunOptions) => Y;
};

/** The parameters of a module. */
export type ParamsOf<M> = M extends { readonly init: (key: Key) => infer P } ? P : never;

/**
 * A layer with its configuration and options: a module. The key of `run` is added to the options.
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { bind, mlp } from "@adjoint/nn";
 * const model = bind(mlp, { sizes: [2, 8, 1] }, { dropout: 0.1 });
 * const params = model.init(key(0));
 * model.apply(params, ones([4, 2]), { key: key(1) }).shape; // => [4, 1]
 * ```
 */
export const bind = <C, P, O extends readonly unknown[], X = Tensor>(
  layer: Layer<C, P, O, X>,
  config: C,
  ...options: O
): Module<P, X> => ({
  init: (key) => layer.init(key, config),
  apply: (params, x, { key } = {}) => layer.apply(params, x, ...withKey(options, key)),
});

/** Parameters of a module that has none. */
export type NoParams = { readonly [name: string]: never };

/** A function as a module without parameters: activations, pooling, reshaping. */
export const stateless = <X = Tensor, Y = Tensor>(fn: (x: X) => Y): Module<NoParams, X, Y> => ({
  init: () => ({}),
  apply: (_params, x) => fn(x),
});
