import type { Aval, Params } from "@adjoint/core/backend";
import type { Element, Kernel } from "../kernel/kernel.ts";

/** An array that lives between the kernels of a plan. */
export type Temporary = {
  readonly name: string;
  readonly element: Element;
  readonly count: number;
};

/**
 * Kernels that compute one primitive. Arrays: operands of the primitive are "in0", "in1", ...; results "out0", ...;
 * temporaries have any other name.
 */
export type SpecialPlan = {
  readonly temporaries: readonly Temporary[];
  /** In order. The name of each operand is one of in*, out* or that of a temporary; operands not named are not read. */
  readonly kernels: readonly Kernel[];
};

/** What of the device matters here. */
export type Profile = {
  /** A software adapter: invocations cost CPU time. */
  readonly isSoftware: boolean;
  /** Whether float16 arrays are stored as f16 (else as f32 holding rounded values). */
  readonly f16: boolean;
};

/** The plan of one primitive; undefined where there is none, and the host computes it. */
export type SpecialRule = (
  params: Params,
  inputs: readonly Aval[],
  outputs: readonly Aval[],
  profile: Profile,
) => SpecialPlan | undefined;

/** The plan of a result without elements. */
export const nothing: SpecialPlan = { temporaries: [], kernels: [] };
