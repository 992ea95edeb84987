import type { TrainingOptions, TrainingProgress } from "./training-options.ts";
import { TrainingStoppedError } from "./training-stopped-error.ts";

/** Milliseconds of work between two pauses, in which pages can draw and signals can come. */
const slice = 50;

/** Waits until other work of the page or process had its turn. */
const pause = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve);
  });

/** A function to call between steps of a long work: it pauses, reports and throws when it is time to. */
export const pacer = (
  operation: string,
  { signal, onProgress }: Pick<TrainingOptions, "signal" | "onProgress">,
): ((progress: TrainingProgress) => Promise<void> | undefined) => {
  let last = performance.now();
  const rest = async (progress: TrainingProgress): Promise<void> => {
    onProgress?.(progress);
    await pause();
    last = performance.now();
    throwIfStopped(operation, signal);
  };
  return (progress) => (performance.now() - last < slice ? undefined : rest(progress));
};

/** Throws TrainingStoppedError where the signal says so. */
export const throwIfStopped = (operation: string, signal: AbortSignal | undefined): void => {
  if (signal?.aborted !== true) return;
  throw new TrainingStoppedError(
    { operation, rule: "the training was stopped by its signal" },
    { cause: signal.reason },
  );
};

/** Runs a work that yields its progress to its end, with pauses. */
export const paced = async <T>(
  operation: string,
  work: Generator<TrainingProgress, T, void>,
  options: Pick<TrainingOptions, "signal" | "onProgress">,
): Promise<T> => {
  throwIfStopped(operation, options.signal);
  const pace = pacer(operation, options);
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    const resting = pace(step.value);
    if (resting !== undefined) await resting;
  }
};
