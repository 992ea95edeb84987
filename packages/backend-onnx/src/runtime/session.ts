import type { OnnxDataType } from "../proto/model-record.ts";

/** Arrays that hold the elements of a host tensor; float16 uses `Uint16Array`, bool uses `Uint8Array`. */
export type HostArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** A dense row-major tensor in host memory, in the form ONNX Runtime reads without a copy. Make one with `hostTensor`. */
export type HostTensor = {
  readonly type: OnnxDataType;
  readonly dims: readonly number[];
  readonly data: HostArray;
  readonly size: number;
  readonly location: "cpu";
};

/** Host tensors by input or output name. */
export type HostTensors = Readonly<Record<string, HostTensor>>;

/** How to load a session. */
export type SessionOptions = {
  /** Threads inside an operator; the runtime chooses when absent. In a browser the first session decides for all. */
  readonly threads?: number;
  /** Graph rewriting before the first run; `all` when absent. */
  readonly optimization?: "disabled" | "basic" | "extended" | "all";
  /** Keep the memory of a run for the next one, in Node: saves getting it anew, 4 KiB at a time; true when absent. */
  readonly keepsMemory?: boolean;
  /** Whether the first output is `endMark`, in Node. */
  readonly marksEnd?: boolean;
  /**
   * Threads wait for the next run a millisecond long without sleeping, in Node: for programs that soon run again, as waking threads takes
   * a part of a short run. Those of others sleep at once; they would be in the way of the program that runs next.
   */
  readonly staysAwake?: boolean;
  /** Write a Chrome trace of every node to a file whose name starts so, in Node; it is complete after `release`. */
  readonly profile?: string;
};

type SessionBase = {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
};

/** A loaded model that runs before `run` returns. */
export type SyncSession = SessionBase & {
  readonly sync: true;
  /**
   * Computes the outputs named in `fetches` and writes them into the arrays given there, which must not overlap feeds.
   *
   * @throws {OnnxRuntimeError} when a name is missing, or a type or shape is not what the model declares.
   */
  run(feeds: HostTensors, fetches: HostTensors): void;
  /** Frees the model; the session must not be used again. */
  release(): void;
};

/** A loaded model that runs in the background; otherwise as `SyncSession`. */
export type AsyncSession = SessionBase & {
  readonly sync: false;
  run(feeds: HostTensors, fetches: HostTensors): Promise<void>;
  release(): Promise<void>;
};

/** A loaded model. */
export type Session = SyncSession | AsyncSession;

/**
 * A view of `data` as a tensor; nothing is copied.
 *
 * @example
 * ```ts doctest
 * import { hostTensor } from "@adjoint/backend-onnx";
 * hostTensor("float32", new Float32Array(6), [2, 3]).size; // => 6
 * ```
 */
export function hostTensor(
  type: OnnxDataType,
  data: HostArray,
  dims: readonly number[],
): HostTensor {
  return { type, dims, data, size: data.length, location: "cpu" };
}
