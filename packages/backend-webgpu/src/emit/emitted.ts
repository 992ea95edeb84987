import type { Kernel } from "../kernel/kernel.ts";
import type { Elementwise } from "../plan/step.ts";
import type { Storage } from "./arrays.ts";
import type { KernelText } from "./kernel-text.ts";

/** A kernel and the storage of each of its operands. */
export type Emitted = {
  readonly kernel: Kernel;
  readonly storages: readonly Storage[];
  readonly elementwise?: Elementwise;
  /** The kernel in parts, where it can be put together with others. */
  readonly text?: KernelText;
  /** Whether it adds up parts of a whole array, or those sums. */
  readonly sum?: "part" | "sum" | undefined;
};
