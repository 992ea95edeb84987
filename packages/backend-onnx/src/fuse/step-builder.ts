import type { KernelInput, KernelStep, KernelType } from "../wasm/kernel-program.ts";

/** Collects the steps of a kernel whose inputs are known; equal steps are added once. */
export class StepBuilder {
  readonly steps: KernelStep[] = [];
  readonly #first: number;
  readonly #known = new Map<string, number>();

  constructor(inputs: readonly KernelInput[]) {
    this.#first = inputs.length;
  }

  /** The number of the value that `step` computes. */
  add(step: KernelStep): number {
    const key =
      "value" in step && Object.is(step.value, -0)
        ? "-0"
        : JSON.stringify(step, (_, v: unknown) => (typeof v === "number" ? String(v) : v));
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const index = this.#first + this.steps.push(step) - 1;
    this.#known.set(key, index);
    return index;
  }

  constant(dtype: KernelType, value: number): number {
    return this.add({ op: "constant", dtype, value });
  }
}
