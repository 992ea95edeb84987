import { jit, logicalNot, tensor, type Tensor } from "@adjoint/core";
import {
  applyUpdates,
  globalNorm,
  type GradientTransformation,
  type LossScaleState,
  type OptState,
  selectTree,
} from "@adjoint/optim";
import { trusted } from "./internal/trusted.ts";
import { type LossGradients, lossGradients, lossUnder } from "./precision/loss-gradients.ts";
import type { MixedPrecision } from "./precision/mixed-precision.ts";

/** Everything training changes: it goes into a step, comes out of it, and is what a checkpoint holds. */
export type TrainState<P> = {
  readonly params: P;
  readonly optState: OptState;
  /** Steps done, an int32 scalar; skipped ones count. */
  readonly step: Tensor;
  /** Scale of the loss, where a precision policy has one. */
  readonly lossScale?: LossScaleState;
};

/** What a step reports, as scalars. */
export type Metrics = {
  /** Loss of the batch. */
  readonly loss: Tensor;
  /** Norm of its gradients before clipping. */
  readonly gradNorm: Tensor;
  /** What the loss was multiplied by, where losses are scaled. */
  readonly lossScale?: Tensor;
  /** Whether its gradients overflowed, so that nothing was learned: a bool, where losses are scaled. */
  readonly skipped?: Tensor;
};

/** A training recipe: state in, state and metrics out. */
export type TrainRecipe<P, B> = {
  /** The state before the first step. */
  readonly init: (params: P) => TrainState<P>;
  /** One compiled step. It takes over the storage of `state`, which cannot be used afterwards. */
  readonly step: (state: TrainState<P>, batch: B) => readonly [TrainState<P>, Metrics];
  /** The compiled loss of a batch, without learning from it. */
  readonly evaluate: (params: P, batch: B) => Tensor;
};

/** What a recipe is made of. */
export type TrainConfig<P, B> = {
  /** Loss of a batch, a scalar. */
  readonly loss: (params: P, batch: B) => Tensor;
  readonly optimizer: GradientTransformation;
  /** What is computed in which dtype, from `mixedPrecision`; everything in its own when absent. */
  readonly precision?: MixedPrecision;
};

const scalingMetrics = (
  { scaling }: Pick<LossGradients<unknown>, "scaling">,
  used: LossScaleState | undefined,
): Partial<Metrics> =>
  scaling === undefined || used === undefined
    ? {}
    : { lossScale: used.scale, skipped: logicalNot(scaling.finite) };

const stepOf =
  <P, B>({ loss, optimizer, precision }: TrainConfig<P, B>) =>
  (state: TrainState<P>, batch: B): readonly [TrainState<P>, Metrics] => {
    const { params, optState, step, lossScale } = state;
    const found = lossGradients(loss, precision, params, batch, lossScale);
    const { grads, scaling } = found;
    const [updates, nextOptState] = optimizer.update(grads, optState, params);
    const learned = { params: applyUpdates(params, updates), optState: nextOptState };
    const kept =
      scaling === undefined ? learned : selectTree(scaling.finite, learned, { params, optState });
    const nextScale = scaling?.next ?? lossScale;
    return [
      { ...kept, step: step.add(1), ...(nextScale === undefined ? {} : { lossScale: nextScale }) },
      {
        loss: found.loss,
        gradNorm: globalNorm(grads),
        ...scalingMetrics(found, lossScale),
      },
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
 */
export const pretrain = <P, B>(config: TrainConfig<P, B>): TrainRecipe<P, B> => {
  const { loss, optimizer, precision } = config;
  const step = jit(stepOf(config), { donateArgnums: [0], name: "trainStep" });
  const evaluate = jit(lossUnder(loss, precision), { name: "evaluate" });
  return {
    init: (given) => {
      const params = precision === undefined ? given : precision.castToParam(given);
      return {
        params,
        optState: optimizer.init(params),
        step: tensor(0, { dtype: "int32" }),
        ...scaleOf(precision),
      };
    },
    step: (state, batch) => trusted<readonly [TrainState<P>, Metrics]>(step(state, batch)),
    evaluate: (params, batch) => trusted<Tensor>(evaluate(params, batch)),
  };
};
