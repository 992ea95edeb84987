import { ArgumentError } from "@adjoint/core";
import { breather } from "./internal/event-loop.ts";
import type { Metrics, TrainRecipe, TrainState } from "./pretrain.ts";

/** Where a run stands after some of its steps. */
export type TrainEvent<P> = {
  /** Steps done in all. */
  readonly step: number;
  /** Loss of the last of them. */
  readonly loss: number;
  /** Norm of its gradients before clipping. */
  readonly gradNorm: number;
  /** The state then; the next step takes it over, so save it before going on. */
  readonly state: TrainState<P>;
};

/** Settings of `train`. */
export type TrainOptions<B> = {
  /** Steps done already; the run goes on with step `from`. Default 0. */
  readonly from?: number;
  /** Steps in all. */
  readonly steps: number;
  /** The batch of a step: a pure function, so that a resumed run sees the same ones. */
  readonly batchAt: (step: number) => B;
  /** Steps between events; default 10. There is always one at the end. */
  readonly every?: number;
  /** Ends the run after the step in progress. */
  readonly signal?: AbortSignal;
};

const checkOptions = <B>({ from = 0, steps, every = 10 }: TrainOptions<B>): void => {
  const bad =
    !Number.isSafeInteger(from) || from < 0
      ? `from ${from}`
      : !Number.isSafeInteger(steps) || steps < 0
        ? `steps ${steps}`
        : !Number.isSafeInteger(every) || every < 1
          ? `every ${every}`
          : undefined;
  if (bad !== undefined)
    throw new ArgumentError({
      operation: "train",
      rule: "from and steps must be whole numbers of at least 0, every of at least 1",
      got: bad,
    });
};

const readMetrics = async (metrics: Metrics, step: number) => {
  const loss = Number(await metrics.loss.item());
  if (Number.isNaN(loss))
    throw new ArgumentError({
      operation: "train",
      rule: "the loss must be a number",
      got: `NaN at step ${step}`,
      fix: "lower the learning rate, or run the step in debugNans to find the operation",
    });
  return { loss, gradNorm: Number(await metrics.gradNorm.item()) };
};

/**
 * Runs a recipe step by step and yields where it stands: every few steps, at the end, and when aborted. Between events
 * the losses are not read, so that a backend can work ahead. Throws ArgumentError for numbers out of range, and for a
 * NaN loss at an event, naming the step; the states of events before it are the last good ones.
 *
 * ```ts doctest
 * import { tensor, type Tensor } from "@adjoint/core";
 * import { sgd } from "@adjoint/optim";
 * import { pretrain, train } from "@adjoint/recipes";
 * const loss = (w: Tensor, x: Tensor) => w.mul(x).sub(6).pow(2).mean();
 * const recipe = pretrain({ loss, optimizer: sgd({ learningRate: 0.1 }) });
 * const steps: number[] = [];
 * const options = { steps: 25, batchAt: () => tensor([2]) };
 * for await (const { step } of train(recipe, recipe.init(tensor(0)), options)) steps.push(step);
 * steps; // => [10, 20, 25]
 * ```
 */
export async function* train<P, B>(
  recipe: TrainRecipe<P, B>,
  initial: TrainState<P>,
  options: TrainOptions<B>,
): AsyncGenerator<TrainEvent<P>, void, undefined> {
  checkOptions(options);
  const { from = 0, steps, batchAt, every = 10, signal } = options;
  const breathe = breather();
  let state = initial;
  for (let done = from + 1; done <= steps; done++) {
    const [next, metrics] = recipe.step(state, batchAt(done - 1));
    state = next;
    await breathe();
    const aborted = signal?.aborted === true;
    if (aborted || done === steps || done % every === 0)
      yield { step: done, ...(await readMetrics(metrics, done)), state };
    if (aborted) return; // one that came during the event ends the next step, whose state is then yielded
  }
}
