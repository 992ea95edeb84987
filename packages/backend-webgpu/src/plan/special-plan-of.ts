import type { Eqn } from "@adjoint/core/backend";
import type { DeviceProfile } from "../device/profile.ts";
import type { SpecialPlan } from "../special/special-plan.ts";

/** The kernels of an equation that has its own; undefined where the host computes it. */
export const specialPlan = (_eqn: Eqn, _profile: DeviceProfile): SpecialPlan | undefined =>
  undefined;
