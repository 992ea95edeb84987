/** Work that stops wherever it must wait for a promise, and only there. */
export type Steps<T> = Generator<Promise<unknown>, T, void>;

const settle = <T>(step: IteratorResult<Promise<unknown>, T>, steps: Steps<T>): T | Promise<T> =>
  step.done === true
    ? step.value
    : step.value.then(
        () => settle(steps.next(), steps),
        (error: unknown) => settle(steps.throw(error), steps),
      );

/** Does the work: at once when nothing has to be waited for, else as a promise. */
export const drive = <T>(steps: Steps<T>): T | Promise<T> => settle(steps.next(), steps);
