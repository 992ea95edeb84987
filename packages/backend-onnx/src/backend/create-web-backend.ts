import { machineMaker } from "../machine/machine-maker.ts";
import { WorkerPool } from "../machine/worker-pool.ts";
import { loadSession, type WasmPaths } from "../runtime/load-web-session.ts";
import { webThreads } from "../runtime/web-threads.ts";
import { onnxBackend, type OnnxBackend, type OnnxBackendOptions } from "./onnx-backend.ts";

/** Settings of `createOnnxBackend` in browsers. */
export type WebBackendOptions = OnnxBackendOptions & {
  /** Where the WebAssembly files of `onnxruntime-web` are; beside the bundle when absent. */
  readonly wasmPaths?: WasmPaths;
  /**
   * Which compiled programs run on generated WebAssembly kernels instead of ONNX Runtime, when these can run all of it:
   * `auto` (those with enough arithmetic to be faster there), `always` or `never`.
   */
  readonly kernels?: "auto" | "always" | "never";
};

/**
 * The backend for browsers, in a page or a worker. Programs run in the background: results are read with `await`, never
 * with the Sync methods. Programs can be called without waiting for each other's results; they run in that order, and one
 * that waits holds no memory but that of its inputs.
 *
 * It uses every core where the page is cross-origin isolated, else one thread.
 *
 * @throws {OnnxRuntimeError} when several threads are asked for in a page that is not cross-origin isolated.
 */
export const createOnnxBackend = async (options: WebBackendOptions = {}): Promise<OnnxBackend> => {
  const { wasmPaths, kernels = "auto", ...rest } = options;
  const threads = webThreads(options.threads);
  const pool = threads > 1 && kernels !== "never" ? new WorkerPool(threads) : undefined;
  const files = wasmPaths === undefined ? {} : { wasmPaths };
  return onnxBackend(
    {
      isSync: false,
      load: (model, session) => loadSession(model, { ...session, ...files }),
      ...(kernels === "never" ? {} : { machine: machineMaker(kernels === "always", pool) }),
      close: () => pool?.dispose(),
    },
    { ...rest, threads },
  );
};
