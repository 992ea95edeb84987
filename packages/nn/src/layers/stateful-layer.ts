import type { Tensor } from "@adjoint/core";
import type { Key } from "@adjoint/core/random";

/**
 * A layer that remembers something between calls that is not learned by gradients. Its state is a tree of tensors that
 * goes in and comes out; nothing is changed in place.
 */
export type StatefulLayer<
  Config,
  Params,
  State,
  Options extends readonly unknown[] = [],
  X = Tensor,
> = {
  /** Fresh parameters; the same key gives the same ones. */
  readonly init: (key: Key, config: Config) => Params;
  /** The state before the first call. */
  readonly initState: (config: Config) => State;
  /** The layer's value and the next state. */
  readonly apply: (
    params: Params,
    state: State,
    x: X,
    ...options: Options
  ) => readonly [Tensor, State];
};
