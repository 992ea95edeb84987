import { OnnxRuntimeError } from "./onnx-runtime-error.ts";

const isIsolated = (): boolean =>
  globalThis.crossOriginIsolated && typeof SharedArrayBuffer === "function";

/**
 * How many threads to use in this page or worker: those asked for, else every core, or one where memory cannot be shared.
 *
 * @throws {OnnxRuntimeError} when the number is not a positive integer, or there are to be several without shared memory.
 */
export const webThreads = (asked?: number): number => {
  if (asked === undefined) return isIsolated() ? Math.max(1, navigator.hardwareConcurrency) : 1;
  if (!Number.isInteger(asked) || asked < 1)
    throw new OnnxRuntimeError(
      `threads: must be a positive integer, got ${asked}; leave it out to use every core.`,
    );
  if (asked === 1 || isIsolated()) return asked;
  throw new OnnxRuntimeError(
    `threads: more than one needs SharedArrayBuffer, got ${asked} in a page that is not cross-origin isolated; serve it with the headers ` +
      "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, or leave threads out.",
  );
};
