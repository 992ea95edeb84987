import { loadSessionSync } from "../runtime/load-session-sync.ts";
import { onnxBackend, type OnnxBackend, type OnnxBackendOptions } from "./onnx-backend.ts";

/**
 * The backend on ONNX Runtime's native CPU engine, for Node. Whole `jit`ted programs become one executable.
 * Throws OnnxRuntimeError when `onnxruntime-node` has no binary for this platform.
 *
 * ```ts doctest
 * import { jit, setBackend, tensor } from "@adjoint/core";
 * import { createOnnxBackend } from "@adjoint/backend-onnx";
 * setBackend(await createOnnxBackend());
 * const scale = jit((x: ReturnType<typeof tensor>) => x.mul(2).add(1));
 * await scale(tensor([1, 2])).toArray(); // => [3, 5]
 * ```
 */
export const createOnnxBackend = (options: OnnxBackendOptions = {}): Promise<OnnxBackend> =>
  Promise.resolve(onnxBackend({ isSync: true, load: loadSessionSync }, options));
