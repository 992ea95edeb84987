import { loadSessionSync } from "./load-session-sync.ts";
import { newNativeSession } from "./native-binding.ts";
import { failure } from "./onnx-runtime-error.ts";
import type { AsyncSession, Session, SessionOptions } from "./session.ts";
import { wrapPublicSession } from "./wrap-public-session.ts";

/**
 * Loads a model in Node: synchronous where the native binding can be reached, else through the public API.
 *
 * @throws {OnnxRuntimeError} when ONNX Runtime cannot be loaded, or the model is not valid.
 */
export async function loadSession(
  model: Uint8Array,
  options: SessionOptions = {},
): Promise<Session> {
  return newNativeSession() === undefined
    ? loadPublicSession(model, options)
    : loadSessionSync(model, options);
}

/** Loads a model through the public, asynchronous API of `onnxruntime-node`; otherwise as `loadSession`. */
export async function loadPublicSession(
  model: Uint8Array,
  { threads, optimization }: SessionOptions,
): Promise<AsyncSession> {
  try {
    const { InferenceSession } = await import("onnxruntime-node");
    const session = await InferenceSession.create(model, {
      graphOptimizationLevel: optimization ?? "all",
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      extra: { session: { force_spinning_stop: "1" } },
    });
    return wrapPublicSession(session);
  } catch (cause) {
    throw failure("loadSession: needs onnxruntime-node and a valid model", cause);
  }
}
