/** Longest time that a loop keeps timers, input and signals waiting. */
const longest = 50;

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve);
  });

/**
 * A function to await in a loop whose steps may all run at once, as on engines that compute in the calling thread: it
 * lets the event loop turn when it has not for a while, so that Ctrl-C and the page stay alive.
 */
export const breather = (): (() => Promise<void>) => {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < longest) return;
    await turn();
    last = performance.now();
  };
};
