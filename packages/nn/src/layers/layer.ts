import type { Tensor } from "@adjoint/core";
import type { Key } from "@adjoint/core/random";

/**
 * A layer: pure functions that make parameters and use them. Parameters are a plain tree of tensors; the configuration
 * is static and kept apart from them; `apply` takes further static settings, if any, last.
 */
export type Layer<Config, Params, Options extends readonly unknown[] = [], X = Tensor> = {
  /** Fresh parameters; the same key gives the same ones. */
  readonly init: (key: Key, config: Config) => Params;
  /** The layer's value. */
  readonly apply: (params: Params, x: X, ...options: Options) => Tensor;
};
