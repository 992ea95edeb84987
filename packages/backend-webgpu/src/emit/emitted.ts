import type { Kernel } from "../kernel/kernel.ts";
import type { Elementwise } from "../plan/step.ts";
import type { Storage } from "./arrays.ts";

/** A kernel and the storage of each of its operands. */
export type Emitted = { readonly kernel: Kernel; readonly storages: readonly Storage[]; readonly elementwise?: Elementwise };
