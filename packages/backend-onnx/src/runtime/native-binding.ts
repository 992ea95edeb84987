import { createRequire } from "node:module";
import type { HostTensor, HostTensors } from "./session.ts";

/** The synchronous session inside `onnxruntime-node`. */
export type NativeSession = {
  readonly inputMetadata: readonly { readonly name: string }[];
  readonly outputMetadata: readonly { readonly name: string }[];
  loadModel(
    buffer: ArrayBufferLike,
    byteOffset: number,
    byteLength: number,
    options: NativeOptions,
  ): void;
  /** An output without an array, null, is given one. */
  run(
    feeds: HostTensors,
    fetches: Readonly<Record<string, HostTensor | null>>,
    options: object,
  ): unknown;
  endProfiling(): void;
  dispose(): void;
};

/** Session options as the native binding reads them. */
export type NativeOptions = {
  readonly graphOptimizationLevel: string;
  readonly intraOpNumThreads?: number;
  readonly logSeverityLevel: number;
  readonly enableCpuMemArena: boolean;
  readonly enableMemPattern: boolean;
  readonly enableProfiling?: boolean;
  readonly profileFilePrefix?: string;
  readonly extra: Readonly<Record<"session" | "optimization", Readonly<Record<string, string>>>>;
};

type NativeModule = {
  readonly initOrt: () => void;
  readonly binding: { readonly InferenceSession: new () => NativeSession };
};

/**
 * Makes a new, empty native session; undefined when the installed `onnxruntime-node` has no binding where 1.30 has it.
 *
 * The public API of `onnxruntime-node` wraps this same object in promises only; going below it is what makes running a
 * compiled program synchronous, and it costs 5 microseconds instead of a turn of the event loop.
 */
export function newNativeSession(): NativeSession | undefined {
  const native = nativeModule();
  if (native === undefined) return undefined;
  native.initOrt();
  return new native.binding.InferenceSession();
}

/** Where `onnxruntime-node` keeps its native binding. */
export const nativeBindingPath = "onnxruntime-node/dist/binding.js";

function nativeModule(): NativeModule | undefined {
  try {
    const found: unknown = createRequire(import.meta.url)(nativeBindingPath);
    return isNativeModule(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isNativeModule(value: unknown): value is NativeModule {
  if (typeof value !== "object" || value === null || !("initOrt" in value) || !("binding" in value))
    return false;
  const { initOrt, binding } = value;
  if (typeof initOrt !== "function" || typeof binding !== "object" || binding === null)
    return false;
  return "InferenceSession" in binding && typeof binding.InferenceSession === "function";
}
