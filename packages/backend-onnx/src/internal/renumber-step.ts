import type { KernelStep } from "../wasm/kernel-program.ts";

/** A step that reads other values; `args` has as many numbers as the step's own. */
export const renumberStep = (step: KernelStep, args: readonly number[]): KernelStep =>
  ({ ...step, args }) as KernelStep;
