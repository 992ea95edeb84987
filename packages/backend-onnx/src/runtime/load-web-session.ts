import { env, InferenceSession } from "onnxruntime-web/wasm";
import { failure } from "./onnx-runtime-error.ts";
import type { AsyncSession, SessionOptions } from "./session.ts";
import { webThreads } from "./web-threads.ts";
import { wrapPublicSession } from "./wrap-public-session.ts";

/** Where the WebAssembly files of `onnxruntime-web` are: a folder's URL that ends in a slash, or a URL for each file. */
export type WasmPaths = string | { readonly mjs?: string; readonly wasm?: string };

/** How to load a session in a browser. */
export type WebSessionOptions = SessionOptions & { readonly wasmPaths?: WasmPaths };

/** What the engine says when its own files fail to load, as against a model that it refuses. */
const isEngineMissing = (cause: unknown): boolean =>
  cause instanceof Error &&
  /no available backend found|failed to (fetch|load)|initWasm|dynamically imported module/i.test(
    cause.message,
  );

/**
 * Loads a model with `onnxruntime-web` on WebAssembly. It uses every core in a cross-origin isolated page, else one thread.
 * The first session of a page decides about threads and files for all.
 *
 * @throws {OnnxRuntimeError} when the WebAssembly files cannot be loaded, when several threads are asked for in a page that
 * is not cross-origin isolated, or when the model is not valid.
 */
export async function loadSession(
  model: Uint8Array,
  { threads, optimization, wasmPaths }: WebSessionOptions = {},
): Promise<AsyncSession> {
  env.wasm.numThreads = webThreads(threads);
  if (wasmPaths !== undefined) env.wasm.wasmPaths = wasmPaths;
  try {
    return wrapPublicSession(
      await InferenceSession.create(model, {
        graphOptimizationLevel: optimization ?? "all",
        // Failures reach the caller as errors; logging them on top would only repeat them.
        logSeverityLevel: 4,
      }),
    );
  } catch (cause) {
    throw failure(isEngineMissing(cause) ? missing : "loadSession: the model must be valid", cause);
  }
}

const missing =
  "loadSession: needs ort-wasm-simd-threaded.mjs and ort-wasm-simd-threaded.wasm of onnxruntime-web; make your bundler copy them, " +
  "or say where they are with { wasmPaths }. The page's Content-Security-Policy must allow 'wasm-unsafe-eval'. The engine said";
