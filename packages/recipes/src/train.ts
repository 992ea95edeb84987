import { ArgumentError } from "@adjoint/core";
import { breather } from "./internal/event-loop.ts";
import type { Metrics, TrainState } from "./train-state.ts";
import { keeperOf, type RecoveryOptions, type Standing } from "./recovery/recovery.ts";

/** Where a run stands after some of its steps; `T` is the recipe's state. */
export type TrainEvent<P, T = TrainState<P>> = {
  /** Steps done in all. */
  readonly step: number;
  /** Loss of the last of them. */
  readonly loss: number;
  /** Norm of its gradients before clipping. */
  readonly gradNorm: number;
  /** What that loss was multiplied by, where losses are scaled. */
  readonly lossScale?: number;
  /** Whether its gradients overflowed, so that nothing was learned; where losses are scaled. */
  readonly skipped?: boolean;
  /** The state then; the next step takes it over, so save it before going on. */
  readonly state: T;
};

/** What `train` needs of a recipe. */
type Stepping<T, B> = { readonly step: (state: T, batch: B) => readonly [T, Metrics] };

/** The state of any recipe. */
type AnyState = TrainState<unknown>;

/** Settings of `train`. */
export type TrainOptions<B> = RecoveryOptions & {
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

/** The settings that must be whole numbers, and their least values. */
const counts = <B>(options: TrainOptions<B>): readonly (readonly [string, number, number])[] => {
  const { from = 0, steps, every = 10, snapshotEvery = every, maxRecoveries = 3 } = options;
  return [
    ["from", from, 0],
    ["steps", steps, 0],
    ["maxRecoveries", maxRecoveries, 0],
    ["every", every, 1],
    ["snapshotEvery", snapshotEvery, 1],
  ];
};

const checkOptions = <B>(options: TrainOptions<B>): void => {
  const bad = counts(options).find(
    ([, value, least]) => !Number.isSafeInteger(value) || value < least,
  );
  if (bad === undefined) return;
  throw new ArgumentError({
    operation: "train",
    rule: "from, steps and maxRecoveries must be whole numbers of at least 0, every and snapshotEvery of at least 1",
    got: `${bad[0]} ${bad[1]}`,
  });
};

type Report = Pick<TrainEvent<unknown>, "loss" | "gradNorm" | "lossScale" | "skipped">;

/** What loss scaling did in a step, and whether it tries a lower scale next. */
const readScaling = async ({ lossScale, skipped }: Metrics, { state }: Standing<AnyState>) => {
  if (lossScale === undefined || skipped === undefined || state.lossScale === undefined)
    return { report: {}, isLower: false };
  const used = Number(await lossScale.item());
  const report = { lossScale: used, skipped: (await skipped.item()) === true };
  return { report, isLower: Number(await state.lossScale.scale.item()) < used };
};

const readMetrics = async (metrics: Metrics, standing: Standing<AnyState>): Promise<Report> => {
  const loss = Number(await metrics.loss.item());
  const gradNorm = Number(await metrics.gradNorm.item());
  const { report, isLower } = await readScaling(metrics, standing);
  if (!Number.isNaN(loss) || isLower) return { loss, gradNorm, ...report };
  throw new ArgumentError({
    operation: "train",
    rule: "the loss must be a number",
    got: `NaN at step ${standing.step}`,
    fix: "lower the learning rate, or run the step in debugNans to find the operation",
  });
};

/** A step done: where the run stands, the event to report, and whether it is the last. */
type Advance<T extends AnyState> = Standing<T> & {
  readonly event: TrainEvent<T["params"], T> | undefined;
  readonly ends: boolean;
};

/** A function that does one step; events of steps up to `reported` were reported before a loss. */
const stepper = <T extends AnyState, B>(
  recipe: Stepping<T, B>,
  options: TrainOptions<B>,
): ((from: Standing<T>, reported: number) => Promise<Advance<T>>) => {
  const { steps, batchAt, every = 10, signal } = options;
  const breathe = breather();
  return async (from, reported) => {
    const [state, metrics] = recipe.step(from.state, batchAt(from.step));
    const standing = { state, step: from.step + 1 };
    await breathe();
    const aborted = signal?.aborted === true;
    const isDue = standing.step === steps || standing.step % every === 0;
    const reports = aborted || (isDue && standing.step > reported);
    const event = reports ? { ...standing, ...(await readMetrics(metrics, standing)) } : undefined;
    return { ...standing, event, ends: aborted || standing.step >= steps };
  };
};

/**
 * Runs a recipe step by step and yields where it stands: every few steps, at the end, and when aborted. Between events
 * the losses are not read, so that a backend can work ahead. Throws ArgumentError for numbers out of range, and for a
 * NaN loss at an event (unless the loss scale goes down for it), naming the step; the states of events before it are the
 * last good ones. With `recover` it goes on when the device was lost in a step; what the receiver of an event does with
 * its state is not covered, but may fail and be caught: the next step notices.
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
export async function* train<T extends TrainState<unknown>, B>(
  recipe: { readonly step: (state: T, batch: B) => readonly [T, Metrics] },
  initial: T,
  options: TrainOptions<B>,
): AsyncGenerator<TrainEvent<T["params"], T>, void, undefined> {
  checkOptions(options);
  const { from = 0, steps, every = 10, snapshotEvery = every } = options;
  if (from >= steps) return;
  const keeper = keeperOf<T>(options);
  const advance = stepper(recipe, options);
  let [now, reported]: [Standing<T>, number] = [{ state: initial, step: from }, from];
  await keeper.keep(now);
  for (;;) {
    let done: Advance<T>;
    try {
      done = await advance(now, reported);
      if (!done.ends && done.step % snapshotEvery === 0) await keeper.keep(done);
    } catch (error) {
      now = await keeper.revive(error, now.step + 1);
      continue;
    }
    now = done;
    if (done.event !== undefined) {
      reported = done.step;
      yield done.event;
    }
    if (done.ends) return; // an abort that came during the event ends the next step, whose state is then yielded
  }
}
