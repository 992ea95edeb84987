/** Seconds that ONNX Runtime's own calls have taken since the clock was made. */
export type EngineClock = () => number;

interface NativeSession {
  run(...args: readonly unknown[]): unknown;
}

interface NativeBinding {
  InferenceSession: new (...args: readonly unknown[]) => NativeSession;
}

/** Where `onnxruntime-node`, a dependency of the backend, keeps its binding. */
const nativeBindingPath = "onnxruntime-node/dist/binding.js";

/**
 * Times the native session's `run`, the one function through which everything passes in Node; undefined elsewhere.
 * `node:module` is asked for at run time, since browsers load the benchmarks too.
 */
export const engineClock = (): EngineClock | undefined => {
  if (typeof process === "undefined" || typeof process.getBuiltinModule !== "function")
    return undefined;
  const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);
  const { binding }: { binding: NativeBinding } = require(nativeBindingPath);
  let total = 0;
  binding.InferenceSession = class Timed extends binding.InferenceSession {
    override run(...args: readonly unknown[]): unknown {
      const start = performance.now();
      try {
        return super.run(...args);
      } finally {
        total += (performance.now() - start) / 1000;
      }
    }
  };
  return () => total;
};
