import type { DeviceProfile } from "../device/profile.ts";
import type { Program } from "../plan/program.ts";
import type { GroupStep, KernelStep } from "../plan/step.ts";
import { bindGroup } from "./bound-group.ts";
import { type BoundKernel, bindKernel } from "./bound-kernel.ts";

/**
 * The dispatches of a step. Kernels with more operands than the device binds, and groups, reach them through the memory that
 * they lie in.
 */
export const bindStep = (
  step: KernelStep | GroupStep,
  program: Program,
  profile: DeviceProfile,
): readonly BoundKernel[] => {
  const { memory, isNested } = program;
  if (step.kind === "group") {
    const together = bindGroup(step.members, memory, profile, isNested);
    if (together !== undefined) return [together];
    return step.members.flatMap((member) =>
      bindStep({ kind: "kernel", ...member }, program, profile),
    );
  }
  const alone = bindKernel(step, memory.places, isNested);
  if (alone.bindings.length <= profile.maxBindings || step.text === undefined) return [alone];
  return [bindGroup([{ ...step, text: step.text }], memory, profile, isNested) ?? alone];
};
