import type { Device } from "../device/device.ts";
import type { Pipelines } from "./pipelines.ts";
import type { TaskLine } from "./task-line.ts";

/** What running programs share. */
export type Runtime = {
  readonly device: Device;
  readonly line: TaskLine;
  readonly pipelines: Pipelines;
  /** Whether float16 is stored in two bytes. */
  readonly f16: boolean;
};
