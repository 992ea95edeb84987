import type { MachineMaker } from "../machine/machine.ts";
import type { KeptMemoryOptions } from "./kept-memory.ts";
import type { AsyncSession, SessionOptions, SyncSession } from "../runtime/session.ts";

/** ONNX Runtime as the backend uses it: at once in Node, in the background in browsers. */
export type Engine =
  | {
      readonly isSync: true;
      readonly load: (model: Uint8Array, options: SessionOptions) => SyncSession;
      /** Threads for programs with enough to divide; ONNX Runtime chooses when absent. */
      readonly cores?: number | undefined;
      /** What programs may keep between their runs. */
      readonly kept: KeptMemoryOptions;
    }
  | {
      readonly isSync: false;
      readonly load: (model: Uint8Array, options: SessionOptions) => Promise<AsyncSession>;
      /** Makes a machine of generated kernels for the programs that are better run by one. */
      readonly machine?: MachineMaker;
      /** Ends its threads. */
      readonly close?: () => void;
    };
