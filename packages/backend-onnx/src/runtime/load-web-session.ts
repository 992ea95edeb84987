import { env, InferenceSession } from "onnxruntime-web/wasm";
import { failure } from "./onnx-runtime-error.ts";
import type { AsyncSession, SessionOptions } from "./session.ts";
import { wrapPublicSession } from "./wrap-public-session.ts";

/**
 * Loads a model with `onnxruntime-web` on WebAssembly. More than one thread needs a cross-origin isolated page.
 *
 * @throws {OnnxRuntimeError} when the WebAssembly files cannot be loaded, or the model is not valid.
 */
export async function loadSession(
  model: Uint8Array,
  { threads, optimization }: SessionOptions = {},
): Promise<AsyncSession> {
  // The engine starts its threads with the first session, and reads this setting only then.
  if (threads !== undefined) env.wasm.numThreads = threads;
  try {
    return wrapPublicSession(
      await InferenceSession.create(model, { graphOptimizationLevel: optimization ?? "all" }),
    );
  } catch (cause) {
    throw failure(
      "loadSession: needs the WebAssembly files of onnxruntime-web and a valid model",
      cause,
    );
  }
}
