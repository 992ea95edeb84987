import type { Tensor } from "@adjoint/core";
import type { Key } from "@adjoint/core/random";

/** A module whose parameters can be of any type: none can be given to it without `applyAny`. */
export type AnyModule = {
  readonly init: (key: Key) => unknown;
  readonly apply: (params: never, x: Tensor, run?: { readonly key?: Key | undefined }) => Tensor;
};

/** Applies a module to the parameters of its own name. Sound when `params` came from the module's `init`. */
export const applyAny = (
  module: AnyModule,
  params: unknown,
  x: Tensor,
  key: Key | undefined,
): Tensor => module.apply(params as never, x, key === undefined ? {} : { key });

/** Options of a layer with a key added. Sound as layers read `key` from their options or not at all. */
export const withKey = <O extends readonly unknown[]>(options: O, key: Key | undefined): O => {
  if (key === undefined) return options;
  const [first, ...rest] = options;
  return [{ ...(first as object | undefined), key }, ...rest] as unknown as O;
};

/** Names a record of the same keys. Sound when `value` was made key by key from what the type says. */
export const named = <T>(value: unknown): T => value as T;

/** As `AnyModule`, with a state. */
export type AnyStatefulModule = {
  readonly init: (key: Key) => unknown;
  readonly initState: () => unknown;
  readonly apply: (
    params: never,
    state: never,
    x: Tensor,
    run?: { readonly key?: Key | undefined; readonly train?: boolean },
  ) => readonly [Tensor, unknown];
};

/** Applies a module to the parameters and the state of its own name; sound as `applyAny` is. */
export const applyAnyStateful = (
  module: AnyStatefulModule,
  params: unknown,
  state: unknown,
  x: Tensor,
  run: { readonly key?: Key; readonly train: boolean },
): readonly [Tensor, unknown] => module.apply(params as never, state as never, x, run);

/** Options of a layer without `train`, which is not among them. */
export const withoutTrain = <O extends object>(
  options: (O & { readonly train?: boolean }) | undefined,
): O | undefined => {
  if (options === undefined) return undefined;
  const { train: _train, ...own } = options;
  return own as unknown as O;
};

/** Options of a layer with `train` added; sound as `withKey` is. */
export const withTrain = <O extends readonly unknown[]>(options: O, train: boolean): O => {
  const [first, ...rest] = options;
  return [{ ...(first as object | undefined), train }, ...rest] as unknown as O;
};
