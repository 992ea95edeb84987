import type { DeviceProfile } from "../device/profile.ts";
import type { Emitted } from "../emit/emitted.ts";
import type { Program } from "../plan/program.ts";
import type { GroupMember, GroupStep, KernelStep } from "../plan/step.ts";
import { bindGroup } from "./bound-group.ts";
import { type BoundKernel, bindKernel } from "./bound-kernel.ts";

/** A dispatch and the kernels that it is made of. */
export type BoundStep = { readonly bound: BoundKernel; readonly members: readonly Emitted[] };

/** Kernels as one dispatch, or as few as the device binds the operands of. */
const bindMembers = (
  members: readonly GroupMember[],
  program: Program,
  profile: DeviceProfile,
): readonly BoundStep[] => {
  const [only, ...others] = members;
  if (only !== undefined && others.length === 0)
    return bindStep({ kind: "kernel", ...only }, program, profile);
  const bound = bindGroup(members, program.memory, profile, program.isNested);
  if (bound !== undefined) return [{ bound, members }];
  const half = Math.ceil(members.length / 2);
  return [members.slice(0, half), members.slice(half)].flatMap((part) =>
    bindMembers(part, program, profile),
  );
};

/** The dispatches of a step. Kernels with more operands than the device binds reach them through the memory that they lie in. */
export const bindStep = (
  step: KernelStep | GroupStep,
  program: Program,
  profile: DeviceProfile,
): readonly BoundStep[] => {
  const { memory, isNested } = program;
  if (step.kind === "group") return bindMembers(step.members, program, profile);
  const alone = { bound: bindKernel(step, memory.places, isNested), members: [step] };
  if (alone.bound.bindings.length <= profile.maxBindings || step.text === undefined) return [alone];
  const members = [{ ...step, text: step.text }];
  const bound = bindGroup(members, memory, profile, isNested);
  return [bound === undefined ? alone : { bound, members }];
};
