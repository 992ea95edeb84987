import { BackendError, type HostArray, type HostData, sizeOf } from "@adjoint/core/backend";
import {
  backend,
  type BackendValues,
  type DataType,
  getBackend,
  type KernelBackend,
  setBackend,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import {
  callKernel,
  hasKernel,
  type KernelOperands,
  type KernelSettings,
} from "./internal/call-kernel.ts";

/** Backends of TensorFlow.js that programs can run on. */
export type TfjsBackendName = "cpu" | "wasm" | "webgl" | "webgpu";

const sharedTypes: ReadonlyMap<string, DataType> = new Map(
  (["float32", "int32", "bool"] as const).map((dtype) => [dtype, dtype]),
);

const converted = (values: BackendValues, { dtype }: HostArray): HostData => {
  if (dtype === "float32")
    return values instanceof Float32Array ? values : numbers(values, Float32Array);
  if (dtype === "int32") return values instanceof Int32Array ? values : numbers(values, Int32Array);
  return values instanceof Uint8Array ? values : numbers(values, Uint8Array);
};

const numbers = <T>(
  values: BackendValues,
  type: { readonly from: (values: Iterable<number>) => T },
): T => type.from(Array.from(values, Number));

/** One backend of TensorFlow.js, spoken to kernel by kernel. */
export class TfjsEngine {
  readonly name: TfjsBackendName;
  readonly #backend: KernelBackend;

  constructor(name: TfjsBackendName, backend: KernelBackend) {
    this.name = name;
    this.#backend = backend;
  }

  /** Whether values can be read without waiting. */
  get isSync(): boolean {
    return this.name !== "webgpu";
  }

  /** Whether the engine computes with a dtype without loss: kernels on GPUs take integers through floats. */
  holds(dtype: string): boolean {
    const isOnGpu = this.name === "webgl" || this.name === "webgpu";
    return sharedTypes.has(dtype) && !(dtype === "int32" && isOnGpu);
  }

  /** Whether there is a kernel of this name. */
  has(kernel: string): boolean {
    return hasKernel(kernel, this.name);
  }

  /** Runs a kernel; its result has to be disposed of. */
  run(kernel: string, inputs: KernelOperands, settings: KernelSettings): TensorInfo {
    return callKernel(kernel, this.name, this.#backend, inputs, settings);
  }

  /** Stores an array; the result has to be disposed of. */
  upload({ shape, dtype, data }: HostArray): TensorInfo {
    const type = sharedTypes.get(dtype);
    if (type === undefined || data instanceof Float64Array || data instanceof Uint32Array)
      throw new BackendError({ operation: "tfjs", rule: "has no such dtype", got: dtype });
    const dims = [...shape];
    return { dataId: this.#backend.write(data, dims, type), shape: dims, dtype: type };
  }

  /** The contents of a tensor of the type of `like`; not to be written to. */
  readSync(info: TensorInfo, like: HostArray): HostData {
    return converted(this.#backend.readSync(info.dataId), like).subarray(0, sizeOf(like.shape));
  }

  /** As `readSync`, where that may have to wait. */
  async read(info: TensorInfo, like: HostArray): Promise<HostData> {
    const values = await this.#backend.read(info.dataId);
    return converted(values, like).subarray(0, sizeOf(like.shape));
  }

  /** Lets go of a tensor, once. */
  dispose(info: TensorInfo): void {
    this.#backend.disposeData(info.dataId);
  }
}

const unknown = (name: string, cause: unknown): BackendError =>
  new BackendError(
    {
      operation: "createTfjsBackend",
      rule: "the backend of TensorFlow.js must be loaded",
      got: `"${name}": ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: `import "@tensorflow/tfjs-backend-${name}" first`,
    },
    { cause },
  );

/** The engine of that name, set up by TensorFlow.js, whose own choice of backend stays. Throws BackendError. */
export const findEngine = async (name: TfjsBackendName): Promise<TfjsEngine> => {
  const chosen: unknown = getBackend(); // null before there is one, whatever its type says
  try {
    if (!(await setBackend(name))) throw new Error("it did not start");
    const kernels = backend();
    if (typeof chosen === "string") await setBackend(chosen);
    return new TfjsEngine(name, kernels);
  } catch (error) {
    throw unknown(name, error);
  }
};
