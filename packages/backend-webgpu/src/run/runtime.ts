import type { Device } from "../device/device.ts";
import type { BoundKernel } from "./bound-kernel.ts";
import type { Pipelines } from "./pipelines.ts";
import type { TaskLine } from "./task-line.ts";

/** Measures kernels while they are recorded. */
export type Profiler = {
  /** A pass for one kernel. */
  readonly pass: (device: Device, kernel: BoundKernel) => GPUComputePassEncoder;
  /** Ends that pass. */
  readonly end: (device: Device) => void;
};

/** What running programs share. */
export type Runtime = {
  readonly device: Device;
  readonly line: TaskLine;
  readonly pipelines: Pipelines;
  /** Whether float16 is stored in two bytes. */
  readonly f16: boolean;
  /** Stands for memory of no bytes. */
  readonly nothing: GPUBuffer;
  /** What was done so far. */
  readonly counts: { dispatches: number; runs: number };
  profiler: Profiler | undefined;
};
