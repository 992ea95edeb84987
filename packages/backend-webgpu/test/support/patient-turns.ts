/** Time in which a wait asks for events at every turn, in milliseconds: most are over by then. */
const eager = 1;

/** The longest pause between two questions, in milliseconds. */
const longest = 5;

/**
 * WebGPU in Node asks for events in every turn of the event loop while it waits, which keeps a whole processor busy. Compiling a
 * shader for the software adapter takes seconds; pauses that grow with the wait, an eighth of it, leave that processor to the
 * compiler and to whatever else runs.
 */
export const pauseInTurns = (): void => {
  const own = globalThis.setImmediate;
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  let isInTurn = false;
  let start = 0;
  const patient = (
    callback: (...args: unknown[]) => void,
    ...args: unknown[]
  ): NodeJS.Immediate => {
    if (!isInTurn) start = performance.now(); // not asked for by the turn before: another wait
    return own(() => {
      const waited = performance.now() - start;
      if (waited > eager) Atomics.wait(nothing, 0, 0, Math.min(longest, waited / 8));
      isInTurn = true;
      try {
        callback(...args);
      } finally {
        isInTurn = false;
      }
    });
  };
  globalThis.setImmediate = Object.assign(patient, own);
};
