import type { Tensor } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import {
  type AnyModule,
  type AnyStatefulModule,
  applyAny,
  applyAnyStateful,
  named,
  withTrain,
} from "../internal/any-module.ts";
import { checkNames } from "../internal/check.ts";
import type { StatefulLayer } from "../layers/stateful-layer.ts";
import { addedUp } from "./added-up.ts";
import type { ParamsOf, RunOptions } from "./module.ts";

/** What every part of a model with state gets when it runs. */
export type StatefulRunOptions = RunOptions & {
  /** Whether statistics are those of the batch and running ones move; false when absent: evaluation. */
  readonly train?: boolean;
};

/** A module whose state goes in and comes out of each call. */
export type StatefulModule<P, S> = {
  readonly init: (key: Key) => P;
  readonly initState: () => S;
  readonly apply: (
    params: P,
    state: S,
    x: Tensor,
    run?: StatefulRunOptions,
  ) => readonly [Tensor, S];
};

/** The state of a module; modules without one have `null`. */
export type StateOf<M> = M extends { readonly initState: () => infer S } ? S : null;

/** Modules by name, with state or without. */
export type StatefulModules = { readonly [name: string]: AnyModule | AnyStatefulModule };

/** Parameters of modules by the same names. */
type Params<T> = { readonly [K in keyof T]: ParamsOf<T[K]> };

/** States of modules by the same names. */
export type StatesOf<T> = { readonly [K in keyof T]: StateOf<T[K]> };

/**
 * A layer with state, its configuration and options chosen. `train` of `run` is added to the options.
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { batchNorm, bindStateful } from "@adjoint/nn";
 * const norm = bindStateful(batchNorm, { features: 3 }, { momentum: 0.5 });
 * const [y, state] = norm.apply(norm.init(key(0)), norm.initState(), ones([2, 3]), { train: true });
 * await state.mean.toArray(); // => [0.5, 0.5, 0.5]
 * ```
 */
export const bindStateful = <C, P, S, O extends readonly unknown[]>(
  layer: StatefulLayer<C, P, S, O>,
  config: C,
  ...options: O
): StatefulModule<P, S> => ({
  init: (key) => layer.init(key, config),
  initState: () => layer.initState(config),
  apply: (params, state, x, { train = false } = {}) =>
    layer.apply(params, state, x, ...withTrain(options, train)),
});

const isStateful = (module: AnyModule | AnyStatefulModule): module is AnyStatefulModule =>
  "initState" in module;

type Own = { readonly [name: string]: unknown };

const parts = <T extends StatefulModules>(operation: string, modules: T, key: Key | undefined) => {
  checkNames(operation, modules);
  const entries = Object.entries(modules);
  const keys: readonly Key[] = key === undefined ? [] : splitTuple<number>(key, entries.length);
  return entries.map(([name, module], i) => ({ name, module, key: keys[i] }));
};

/** The start of each module: parameters and state. */
const starts = <T extends StatefulModules>(operation: string, modules: T) => ({
  init: (key: Key): Params<T> =>
    named(
      Object.fromEntries(
        parts(operation, modules, key).map((part) => [
          part.name,
          part.module.init(part.key ?? key),
        ]),
      ),
    ),
  initState: (): StatesOf<T> =>
    named(
      Object.fromEntries(
        parts(operation, modules, undefined).map(({ name, module }) => [
          name,
          isStateful(module) ? module.initState() : null,
        ]),
      ),
    ),
});

const runOne = (
  { name, module, key }: ReturnType<typeof parts>[number],
  params: unknown,
  state: unknown,
  x: Tensor,
  train: boolean,
): readonly [Tensor, unknown] => {
  const [own, before] = [named<Own>(params)[name], named<Own>(state)[name]];
  if (!isStateful(module)) return [applyAny(module, own, x, key), null];
  return applyAnyStateful(module, own, before, x, key === undefined ? { train } : { key, train });
};

/**
 * `sequential` for modules some of which have state, as batch normalisation has: parameters and states have the modules'
 * names. Throws as `sequential` does.
 *
 * ```ts doctest
 * import { ones, relu } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { batchNorm, bind, bindStateful, conv2d, sequentialStateful, stateless } from "@adjoint/nn";
 * const model = sequentialStateful({
 *   conv: bind(conv2d, { inChannels: 3, outChannels: 4, kernelSize: 3, useBias: false }, { padding: "same" }),
 *   norm: bindStateful(batchNorm, { features: 4 }),
 *   act: stateless(relu),
 * });
 * const [params, state] = [model.init(key(0)), model.initState()];
 * const [y, next] = model.apply(params, state, ones([2, 3, 8, 8]), { train: true });
 * [y.shape, next.norm.mean.shape, next.act]; // => [[2, 4, 8, 8], [4], null]
 * ```
 */
export const sequentialStateful = <const T extends StatefulModules>(
  modules: T,
): StatefulModule<Params<T>, StatesOf<T>> => ({
  ...starts("sequentialStateful", modules),
  apply: (params, state, x, { key, train = false } = {}) => {
    const states: [string, unknown][] = [];
    let h = x;
    for (const part of parts("sequentialStateful", modules, key)) {
      const [y, next] = runOne(part, params, state, h, train);
      h = y;
      states.push([part.name, next]);
    }
    return [h, named(Object.fromEntries(states))];
  },
});

/**
 * `parallel` for modules some of which have state: all get the same input, and their results are added. Throws as
 * `parallel` does.
 */
export const parallelStateful = <const T extends StatefulModules>(
  modules: T,
): StatefulModule<Params<T>, StatesOf<T>> => ({
  ...starts("parallelStateful", modules),
  apply: (params, state, x, { key, train = false } = {}) => {
    const results = parts("parallelStateful", modules, key).map((part) => {
      const [y, next] = runOne(part, params, state, x, train);
      return { y, state: [part.name, next] as const };
    });
    const sum = addedUp(
      "parallelStateful",
      results.map(({ y }) => y),
    );
    return [sum, named(Object.fromEntries(results.map((result) => result.state)))];
  },
});

/**
 * `residual` for a module with state: x + module(x). Throws ShapeError when the module changes the shape.
 *
 * ```ts doctest
 * import { ones, relu } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { batchNorm, bindStateful, residualStateful, sequentialStateful, stateless } from "@adjoint/nn";
 * const block = residualStateful(
 *   sequentialStateful({ norm: bindStateful(batchNorm, { features: 3 }), act: stateless(relu) }),
 * );
 * const [y, next] = block.apply(block.init(key(0)), block.initState(), ones([2, 3]), { train: true });
 * [await y.toArray(), next.norm.mean.shape]; // => [[[1, 1, 1], [1, 1, 1]], [3]]
 * ```
 */
export const residualStateful = <P, S>(module: StatefulModule<P, S>): StatefulModule<P, S> => ({
  init: module.init,
  initState: module.initState,
  apply: (params, state, x, run) => {
    const [y, next] = module.apply(params, state, x, run);
    return [addedUp("residualStateful", [x, y]), next];
  },
});
