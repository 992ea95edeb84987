import type { Tensor } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import { type AnyModule, applyAny, named } from "../internal/any-module.ts";
import { checkNames } from "../internal/check.ts";
import { addedUp } from "./added-up.ts";
import type { Module, ParamsOf } from "./module.ts";

/** Modules by name or in a list. */
export type Modules = { readonly [name: string]: AnyModule } | readonly AnyModule[];

/** Parameters of modules, by the same names or places. */
export type ParamsOfAll<T> = { readonly [K in keyof T]: ParamsOf<T[K]> };

const entriesOf = (
  operation: string,
  modules: Modules,
): readonly (readonly [string, AnyModule])[] => {
  checkNames(operation, modules);
  return Object.entries(modules);
};

const keysOf = (key: Key, count: number): readonly Key[] => splitTuple<number>(key, count);

const initAll = (operation: string, modules: Modules, key: Key): unknown => {
  const entries = entriesOf(operation, modules);
  const keys = keysOf(key, entries.length);
  const made = entries.map(([name, module], i) => [name, module.init(keys[i] ?? key)] as const);
  return Array.isArray(modules) ? made.map(([, params]) => params) : Object.fromEntries(made);
};

type Own = { readonly [name: string]: unknown };

/**
 * Modules one after the other. Parameters have the modules' names, or are a list like theirs, and their types. Every
 * module gets a key of its own. Throws ArgumentError for no module, and for names that are whole numbers: JavaScript puts
 * those before the others.
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { bind, gelu, linear, sequential, stateless } from "@adjoint/nn";
 * const model = sequential({
 *   up: bind(linear, { inFeatures: 2, outFeatures: 8 }),
 *   act: stateless(gelu),
 *   down: bind(linear, { inFeatures: 8, outFeatures: 1 }),
 * });
 * const params = model.init(key(0));
 * params.up.kernel.shape; // => [2, 8]
 * model.apply(params, ones([4, 2])).shape; // => [4, 1]
 * ```
 */
export const sequential = <const T extends Modules>(modules: T): Module<ParamsOfAll<T>> => ({
  init: (key) => named(initAll("sequential", modules, key)),
  apply: (params, x, { key } = {}) => {
    const entries = entriesOf("sequential", modules);
    const keys = key === undefined ? [] : keysOf(key, entries.length);
    const own = named<Own>(params);
    return entries.reduce((h, [name, module], i) => applyAny(module, own[name], h, keys[i]), x);
  },
});

/**
 * Modules side by side on the same input; `join` (default: the sum) puts together what they give. Parameters and keys as
 * those of `sequential`. Throws as `sequential` does, and ShapeError when what is summed differs in shape.
 *
 * ```ts doctest
 * import { concatenate, ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { bind, linear, parallel } from "@adjoint/nn";
 * const one = bind(linear, { inFeatures: 2, outFeatures: 3 });
 * const model = parallel({ left: one, right: one }, (values) => concatenate([...values], -1));
 * model.apply(model.init(key(0)), ones([4, 2])).shape; // => [4, 6]
 * ```
 */
export const parallel = <const T extends Modules>(
  modules: T,
  join: (values: readonly Tensor[]) => Tensor = (values) => addedUp("parallel", values),
): Module<ParamsOfAll<T>> => ({
  init: (key) => named(initAll("parallel", modules, key)),
  apply: (params, x, { key } = {}) => {
    const entries = entriesOf("parallel", modules);
    const keys = key === undefined ? [] : keysOf(key, entries.length);
    const own = named<Own>(params);
    return join(entries.map(([name, module], i) => applyAny(module, own[name], x, keys[i])));
  },
});

/**
 * x + module(x), with the module's own parameters. Throws ShapeError when the module changes the shape.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { residual, stateless } from "@adjoint/nn";
 * await residual(stateless((x: ReturnType<typeof tensor>) => x.mul(2))).apply({}, tensor(1)).item(); // => 3
 * ```
 */
export const residual = <P>(module: Module<P>): Module<P> => ({
  init: module.init,
  apply: (params, x, run) => addedUp("residual", [x, module.apply(params, x, run)]),
});
