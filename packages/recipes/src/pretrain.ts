import { ArgumentError, isfinite, jit, logicalNot, tensor, type Tensor } from "@adjoint/core";
import {
  applyUpdates,
  globalNorm,
  type GradientTransformation,
  type LossScaleState,
  selectTree,
} from "@adjoint/optim";
import { checkedState } from "./internal/model-state.ts";
import { isTensor, trusted } from "./internal/trusted.ts";
import { type LossGradients, lossGradients, lossUnder } from "./precision/loss-gradients.ts";
import type { MixedPrecision } from "./precision/mixed-precision.ts";
import type { Metrics, StatefulTrainState, TrainState } from "./train-state.ts";

/** A training recipe: state in, state and metrics out. */
export type TrainRecipe<P, B> = {
  /** The state before the first step. */
  readonly init: (params: P) => TrainState<P>;
  /** One compiled step. It takes over the storage of `state`, which cannot be used afterwards. */
  readonly step: (state: TrainState<P>, batch: B) => readonly [TrainState<P>, Metrics];
  /** The compiled loss of a batch, without learning from it. */
  readonly evaluate: (params: P, batch: B) => Tensor;
};

/** A training recipe for a model with a state of its own. */
export type StatefulTrainRecipe<P, B, S> = {
  /** The state before the first step, from parameters and the model's own state. */
  readonly init: (params: P, modelState: S) => StatefulTrainState<P, S>;
  /** One compiled step. It takes over the storage of `state`, which cannot be used afterwards. */
  readonly step: (
    state: StatefulTrainState<P, S>,
    batch: B,
  ) => readonly [StatefulTrainState<P, S>, Metrics];
  /** The compiled loss of a batch, without learning from it; the model's state stays as it is. */
  readonly evaluate: (params: P, batch: B, modelState: S) => Tensor;
};

type Settings = {
  readonly optimizer: GradientTransformation;
  /** What is computed in which dtype, from `mixedPrecision`; everything in its own when absent. */
  readonly precision?: MixedPrecision;
};

/** What a recipe is made of. */
export type TrainConfig<P, B> = Settings & {
  /** Loss of a batch, a scalar. */
  readonly loss: (params: P, batch: B) => Tensor;
};

/** What a loss with a state is told beside parameters and batch. */
export type LossContext<S> = {
  /** The model's state before the batch; a precision policy leaves it in its own dtypes. */
  readonly state: S;
  /** Whether the batch is learned from: norms take its statistics then, and the running ones in an evaluation. */
  readonly train: boolean;
};

/** What a recipe for a model with a state of its own is made of. */
export type StatefulTrainConfig<P, B, S> = Settings & {
  /** Loss of a batch, a scalar, and the model's next state, a tree like the one given; an evaluation drops it. */
  readonly loss: (
    params: P,
    batch: B,
    context: LossContext<S>,
  ) => { readonly loss: Tensor; readonly state: S };
};

type AnyConfig<P, B, S> = TrainConfig<P, B> | StatefulTrainConfig<P, B, S>;

/** State of a recipe, with or without one of the model's own. */
type AnyState<P, S> = TrainState<P> & { readonly modelState?: S };

const misused = (got: string, fix: string): ArgumentError =>
  new ArgumentError({
    operation: "pretrain",
    rule: "a model with a state takes { state } in its loss and gives { loss, state }, others give the loss alone",
    got,
    fix,
  });

/** The loss with the model's next state beside it: null where there is none. */
const lossesOf =
  <P, B, S>({ loss }: AnyConfig<P, B, S>, state: S | undefined, train: boolean) =>
  (params: P, batch: B): readonly [Tensor, S | null] => {
    if (state === undefined) {
      const value: unknown = trusted<TrainConfig<P, B>>({ loss }).loss(params, batch);
      if (isTensor(value)) return [value, null];
      throw misused("no state, and a loss that gives no tensor", "give init the model's state");
    }
    const stateful = trusted<StatefulTrainConfig<P, B, S>>({ loss });
    const given = stateful.loss(params, batch, { state, train });
    if (isTensor(given) || !isTensor(given.loss))
      throw misused("a state, and a loss that gives none back", "return { loss, state }");
    return [given.loss, checkedState(given.state, state)];
  };

const scalingMetrics = (
  { scaling }: Pick<LossGradients<unknown, unknown>, "scaling">,
  used: LossScaleState | undefined,
): Partial<Metrics> =>
  scaling === undefined || used === undefined
    ? {}
    : { lossScale: used.scale, skipped: logicalNot(scaling.finite) };

const stepOf =
  <P, B, S>(config: AnyConfig<P, B, S>) =>
  (state: AnyState<P, S>, batch: B): readonly [AnyState<P, S>, Metrics] => {
    const { optimizer, precision } = config;
    const { params, optState, step, lossScale, modelState } = state;
    const losses = lossesOf(config, modelState, true);
    const found = lossGradients(losses, precision, params, batch, lossScale);
    const { grads, scaling } = found;
    const gradNorm = globalNorm(grads);
    const [updates, nextOptState] = optimizer.update(grads, optState, params);
    const learned = { params: applyUpdates(params, updates), optState: nextOptState };
    const kept =
      scaling === undefined ? learned : selectTree(scaling.finite, learned, { params, optState });
    const nextScale = scaling?.next ?? lossScale;
    return [
      {
        ...kept,
        step: step.add(1),
        ...(nextScale === undefined ? {} : { lossScale: nextScale }),
        ...(found.aux === null || modelState === undefined
          ? {}
          : { modelState: selectTree(isfinite(gradNorm), trusted<S>(found.aux), modelState) }),
      },
      { loss: found.loss, gradNorm, ...scalingMetrics(found, lossScale) },
    ];
  };

/** What a state starts with beside its parameters. */
const scaleOf = (precision: MixedPrecision | undefined): Pick<TrainState<never>, "lossScale"> => {
  const lossScale = precision?.lossScale?.init();
  return lossScale === undefined ? {} : { lossScale };
};

/**
 * Pretraining from a loss and an optimizer: value and gradient, update and metrics as one compiled program, the
 * state donated. Next-token prediction, masked prediction and regression differ in `loss` only.
 *
 * ```ts doctest
 * import { tensor, type Tensor } from "@adjoint/core";
 * import { sgd } from "@adjoint/optim";
 * import { pretrain } from "@adjoint/recipes";
 * const loss = (w: Tensor, x: Tensor) => w.mul(x).sub(6).pow(2).mean();
 * const recipe = pretrain({ loss, optimizer: sgd({ learningRate: 0.1 }) });
 * let state = recipe.init(tensor(0));
 * for (let i = 0; i < 30; i++) [state] = recipe.step(state, tensor([2]));
 * await state.params.item(); // => 3.000
 * await state.step.item(); // => 30
 * ```
 *
 * A model with a state that no gradient changes, as the running statistics of batch norm, has it in the recipe's state: the
 * loss takes it and gives the next one, steps one after the other, those that `multiSteps` accumulates too. Where the norm
 * of the gradients is not finite the state stays as it was. Throws ArgumentError for a next state with other tensors.
 *
 * ```ts doctest
 * import { tensor, type Tensor } from "@adjoint/core";
 * import { sgd } from "@adjoint/optim";
 * import { pretrain } from "@adjoint/recipes";
 * type Running = { readonly mean: Tensor };
 * const recipe = pretrain({
 *   loss: (w: Tensor, x: Tensor, { state, train }: { state: Running; train: boolean }) => {
 *     const mean = train ? state.mean.mul(0.5).add(x.mean().mul(0.5)) : state.mean;
 *     return { loss: w.sub(mean).pow(2), state: { mean } };
 *   },
 *   optimizer: sgd({ learningRate: 0.1 }),
 * });
 * const start = recipe.init(tensor(0), { mean: tensor(0) });
 * const [state] = recipe.step(start, tensor([4, 8]));
 * await state.modelState.mean.item(); // => 3
 * await recipe.evaluate(tensor(1), tensor([9]), state.modelState).item(); // => 4
 * ```
 */
export function pretrain<P, B>(config: TrainConfig<P, B>): TrainRecipe<P, B>;
export function pretrain<P, B, S>(
  config: StatefulTrainConfig<P, B, S>,
): StatefulTrainRecipe<P, B, S>;
export function pretrain<P, B, S>(
  config: AnyConfig<P, B, S>,
): TrainRecipe<P, B> | StatefulTrainRecipe<P, B, S> {
  const { optimizer, precision } = config;
  const step = jit(stepOf(config), { donateArgnums: [0], name: "trainStep" });
  const lossAlone = (params: P, batch: B, ...[state]: readonly S[]): Tensor =>
    lossUnder(lossesOf(config, state, false), precision)(params, batch)[0];
  const evaluate = jit(lossAlone, { name: "evaluate" });
  return {
    init: (given: P, modelState?: S) => {
      const params = precision === undefined ? given : precision.castToParam(given);
      const state = {
        params,
        optState: optimizer.init(params),
        step: tensor(0, { dtype: "int32" }),
        ...scaleOf(precision),
      };
      return trusted<StatefulTrainState<P, S>>(
        modelState === undefined ? state : { ...state, modelState },
      );
    },
    step: (state: AnyState<P, S>, batch: B) =>
      trusted<readonly [StatefulTrainState<P, S>, Metrics]>(step(state, batch)),
    evaluate: (params: P, batch: B, modelState?: S) =>
      trusted<Tensor>(evaluate(params, batch, ...(modelState === undefined ? [] : [modelState]))),
  };
}
