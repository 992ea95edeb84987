import { ArgumentError, asTensor, type DType, type Tensor } from "@adjoint/core";
import type { GradientTransformation, OptState } from "../gradient-transformation.ts";
import type { LearningRate } from "../hyperparam.ts";
import { startCount } from "../internal/count.ts";
import { scalarDType } from "../internal/scalars.ts";
import { trusted } from "../internal/trusted.ts";
import { nestedState } from "../internal/nested-state.ts";
import { hasKeys, withState } from "../internal/with-state.ts";

/** Names and first values of hyperparameters: numbers, scalar tensors, or schedules of the number of updates. */
export type Hyperparams = { readonly [name: string]: LearningRate };

/** The same names with scalar tensors. */
export type HyperparamTensors<H> = { readonly [K in keyof H]: Tensor };

/** Other values for some of the hyperparameters. */
export type HyperparamChanges<H> = { readonly [K in keyof H]?: number | Tensor };

/**
 * An optimizer that keeps its hyperparameters in its state. Both functions take that state, or the one of an optimizer
 * which has this one somewhere inside (`chain`, `partition`, `multiSteps`), and throw TreeError for any other.
 */
export type InjectedTransformation<H> = GradientTransformation & {
  /** The values in a state: those of the next step; of a schedule, the one of the last. */
  readonly hyperparams: (state: OptState) => HyperparamTensors<H>;
  /** The state with other values. Throws ArgumentError for a name that is no hyperparameter, or one with a schedule. */
  readonly withHyperparams: (state: OptState, changes: HyperparamChanges<H>) => OptState;
};

type Values = Readonly<Record<string, Tensor>>;
type InjectedState = {
  readonly count: Tensor;
  readonly hyperparams: Values;
  readonly inner: OptState;
};

const described: {
  readonly name: string;
  readonly keys: readonly (keyof InjectedState)[];
} = { name: "injectHyperparams", keys: ["count", "hyperparams", "inner"] };

/** The values of a step: schedules are evaluated, the others are those of the state or, at the start, the given ones. */
const valuesAt = (given: Hyperparams, count: Tensor, dtype: DType, stored?: Values): Values =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      typeof value === "function"
        ? value(count).cast(dtype)
        : (stored?.[name] ?? asTensor(value).cast(dtype).add(0)), // a tensor of the state's own
    ]),
  );

const changed = (
  given: Hyperparams,
  values: Values,
  changes: HyperparamChanges<unknown>,
): Values => {
  const fresh = Object.entries<number | Tensor>(changes).map(([name, value]) => {
    const before = values[name];
    if (before !== undefined && typeof given[name] !== "function")
      return [name, asTensor(value).cast(before.dtype).add(0)] as const;
    throw new ArgumentError({
      operation: "withHyperparams",
      rule: `changes hyperparameters without a schedule: ${Object.keys(given).join(", ")}`,
      got: name,
    });
  });
  return { ...values, ...Object.fromEntries(fresh) };
};

/**
 * An optimizer whose hyperparameters are scalars in its state: they can be read, saved with it, and changed between
 * steps of one compiled program. `make` gets them as tensors and puts the optimizer together.
 *
 * ```ts doctest
 * import { jit, tensor, type Tensor } from "@adjoint/core";
 * import { injectHyperparams, type OptState, sgd } from "@adjoint/optim";
 * const optimizer = injectHyperparams(({ learningRate }) => sgd({ learningRate }), { learningRate: 0.5 });
 * const step = jit((g: Tensor, state: OptState) => optimizer.update(g, state, g));
 * const g = tensor([2]);
 * const [first, state] = step(g, optimizer.init(g));
 * const [second] = step(g, optimizer.withHyperparams(state, { learningRate: 0.25 }));
 * [await first.toArray(), await second.toArray()]; // => [[-1], [-0.5]]
 * ```
 */
export const injectHyperparams = <const H extends Hyperparams>(
  make: (hyperparams: HyperparamTensors<H>) => GradientTransformation,
  given: H,
): InjectedTransformation<H> => {
  const made = (values: Values): GradientTransformation =>
    make(trusted<HyperparamTensors<H>>(values)); // valuesAt gives a tensor for each name
  const transformation = withState<InjectedState>({
    ...described,
    init: (params) => {
      const count = startCount();
      const hyperparams = valuesAt(given, count, scalarDType(params));
      return { count, hyperparams, inner: made(hyperparams).init(params) };
    },
    update: (grads, { count, hyperparams: stored, inner }, params, extras) => {
      const hyperparams = valuesAt(given, count, scalarDType(params), stored);
      const [updates, next] = made(hyperparams).update(grads, inner, params, extras);
      return [updates, { count: count.add(1), hyperparams, inner: next }];
    },
  });
  const within = (state: OptState) =>
    nestedState<InjectedState>(described, state, ({ hyperparams }) =>
      hasKeys({ name: described.name, keys: Object.keys(given) }, hyperparams),
    );
  return {
    ...transformation,
    hyperparams: (state) => trusted<HyperparamTensors<H>>(within(state)[0].hyperparams),
    withHyperparams: (state, changes) => {
      const [now, put] = within(state);
      return put({ ...now, hyperparams: changed(given, now.hyperparams, changes) });
    },
  };
};
