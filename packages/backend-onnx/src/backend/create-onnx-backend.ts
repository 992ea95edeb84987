import { totalmem } from "node:os";
import { loadSessionSync } from "../runtime/load-session-sync.ts";
import { processorCores } from "../runtime/processor-cores.ts";
import { onnxBackend, type OnnxBackend, type OnnxBackendOptions } from "./onnx-backend.ts";

/** Programs whose results take more together give their memory back some time after a run; see docs/performance.md. */
const small = 96 * 2 ** 20;

/** Bytes of memory that this process may use. */
const memory = (): number => {
  const bound = process.constrainedMemory();
  return bound > 0 ? Math.min(bound, totalmem()) : totalmem();
};

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
  Promise.resolve(
    onnxBackend(
      {
        isSync: true,
        load: loadSessionSync,
        cores: processorCores(),
        kept: { small, limit: memory() / 4, idle: 30_000 },
      },
      options,
    ),
  );
