import type { Backend } from "@adjoint/core/backend";

const pauseMs = 5;

/**
 * WebGPU in Node asks for events in every turn of the event loop. While shaders are compiled there is nothing else to do, and a
 * pause in each turn leaves the processor to the compiler: it takes a third off the time.
 */
const pauseInTurns = (): (() => void) => {
  const own = globalThis.setImmediate;
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  const patient = (callback: (...args: unknown[]) => void, ...args: unknown[]): NodeJS.Immediate =>
    own(() => {
      Atomics.wait(nothing, 0, 0, pauseMs);
      callback(...args);
    });
  globalThis.setImmediate = Object.assign(patient, own);
  return () => {
    globalThis.setImmediate = own;
  };
};

/** The software adapter for many models, and what to call after the last. */
export const patientBackend = async (): Promise<readonly [Backend, () => void]> => {
  const end = pauseInTurns();
  // loaded now: WebGPU keeps the function that it finds
  const { softwareBackend } = await import("./software-backend.ts");
  return [await softwareBackend(), end];
};
