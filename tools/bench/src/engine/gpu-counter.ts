// Counts what a library asks of WebGPU, the same way for every library: the API's own methods are wrapped before any
// library is loaded.

/** Since the wrapping; bytes are those of buffers, as asked of `createBuffer`. */
export interface GpuCounts {
  readonly dispatches: number;
  readonly submits: number;
  readonly pipelines: number;
  /** Bytes of buffers that were made and not destroyed; a buffer left to the garbage collector stays counted. */
  readonly liveBytes: number;
  readonly peakBytes: number;
}

type Method = (this: object, ...args: unknown[]) => unknown;
type Prototype = Record<string, unknown>;

/** Lets `note` see every call of a method: the object, the arguments and the result. */
const wrap = (
  className: string,
  method: string,
  note: (self: object, args: readonly unknown[], result: unknown) => void,
): void => {
  const constructor: unknown = Reflect.get(globalThis, className);
  if (typeof constructor !== "function") throw new Error(`there is no ${className} here`);
  const prototype = constructor.prototype as Prototype;
  const original = prototype[method] as Method;
  const wrapped: Method = function (...args) {
    const result = original.apply(this, args);
    note(this, args, result);
    return result;
  };
  prototype[method] = wrapped;
};

/** Wraps the classes of the global scope; gives a function that reads the counts. */
export const startCounting = (): (() => GpuCounts) => {
  let [dispatches, submits, pipelines, liveBytes, peakBytes] = [0, 0, 0, 0, 0];
  const sizes = new WeakMap<object, number>();
  const dispatch = (): void => void dispatches++;
  wrap("GPUComputePassEncoder", "dispatchWorkgroups", dispatch);
  wrap("GPUComputePassEncoder", "dispatchWorkgroupsIndirect", dispatch);
  wrap("GPUQueue", "submit", () => void submits++);
  wrap("GPUDevice", "createComputePipeline", () => void pipelines++);
  wrap("GPUDevice", "createComputePipelineAsync", () => void pipelines++);
  wrap("GPUDevice", "createBuffer", (_, [descriptor], buffer) => {
    const { size } = descriptor as { size: number };
    sizes.set(buffer as object, size);
    liveBytes += size;
    peakBytes = Math.max(peakBytes, liveBytes);
  });
  wrap("GPUBuffer", "destroy", (buffer) => {
    liveBytes -= sizes.get(buffer) ?? 0;
    sizes.delete(buffer);
  });
  return () => ({ dispatches, submits, pipelines, liveBytes, peakBytes });
};
