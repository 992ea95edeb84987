import {
  nativeBindingPath,
  type NativeOptions,
  type NativeSession,
  newNativeSession,
} from "./native-binding.ts";
import { explainFailure, OnnxRuntimeError, requireNames } from "./onnx-runtime-error.ts";
import { runToEnd } from "./end-mark.ts";
import type { SessionOptions, SyncSession } from "./session.ts";

/**
 * Loads a model with `onnxruntime-node`, without waiting.
 *
 * @throws {OnnxRuntimeError} when the native binding is not there, or the model is not valid.
 *
 * @example
 * ```ts doctest
 * import { encodeModel, hostTensor, loadSessionSync } from "@adjoint/backend-onnx";
 * const vector = (name: string) => ({ name, dtype: "float32" as const, dims: [2] });
 * const nodes = [{ opType: "Neg", inputs: ["x"], outputs: ["y"] }];
 * const graph = { name: "negate", nodes, inputs: [vector("x")], outputs: [vector("y")] };
 * const session = loadSessionSync(encodeModel({ graph, opsets: { "": 20 } }));
 * const y = new Float32Array(2);
 * session.run({ x: hostTensor("float32", Float32Array.of(1, -2), [2]) }, { y: hostTensor("float32", y, [2]) });
 * [...y]; // => [-1, 2]
 * ```
 */
export function loadSessionSync(model: Uint8Array, options: SessionOptions = {}): SyncSession {
  const native = newNativeSession();
  if (native === undefined) {
    throw new OnnxRuntimeError(
      `loadSessionSync: needs ${nativeBindingPath} with a binary for ${process.platform}-${process.arch}, found none; ` +
        "install onnxruntime-node 1.30, or use loadSession.",
    );
  }
  explainFailure("loadSessionSync: the model must be valid", () =>
    native.loadModel(model.buffer, model.byteOffset, model.byteLength, nativeOptions(options)),
  );
  return wrapNativeSession(native, options);
}

function wrapNativeSession(
  native: NativeSession,
  { profile, marksEnd = false }: SessionOptions,
): SyncSession {
  const inputNames = native.inputMetadata.map(({ name }) => name);
  const outputNames = native.outputMetadata.map(({ name }) => name);
  return {
    sync: true,
    inputNames,
    outputNames,
    run: (feeds, fetches) => {
      requireNames("feed", inputNames, feeds);
      explainFailure("session.run", () =>
        marksEnd ? runToEnd(native, feeds, fetches) : native.run(feeds, fetches, {}),
      );
    },
    release: () => {
      if (profile !== undefined) native.endProfiling();
      native.dispose();
    },
  };
}

const fatalOnly = 4;

function nativeOptions({
  threads,
  optimization,
  profile,
  keepsMemory = true,
  staysAwake = false,
}: SessionOptions): NativeOptions {
  return {
    graphOptimizationLevel: optimization ?? "all",
    // Failures reach the caller as errors; logging them on top would only repeat them.
    logSeverityLevel: fatalOnly,
    enableCpuMemArena: keepsMemory,
    // Planned memory would be a second copy of what the arena holds from the first run, and no faster.
    enableMemPattern: false,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    // Each session has its own threads. Left to spin after a run, they starve those of the session that runs next.
    // The CPU kernel of SkipLayerNormalization takes six times as long as an addition and a LayerNormalization.
    extra: {
      session: staysAwake
        ? { force_spinning_stop: "0", "intra_op.spin_duration_us": "1000" }
        : { force_spinning_stop: "1" },
      optimization: { disable_specified_optimizers: "SkipLayerNormFusion" },
    },
  };
}
