import type { Eqn } from "@adjoint/core/backend";
import type { DeviceProfile } from "../device/profile.ts";
import { type SpecialPlan, specialRules } from "../special/stage.ts";

/** The kernels of an equation that has its own; undefined where the host computes it. */
export const specialPlan = (
  { primitive, params, inputs, outputs }: Eqn,
  profile: DeviceProfile,
): SpecialPlan | undefined => {
  const rule = Object.hasOwn(specialRules, primitive.name)
    ? specialRules[primitive.name]
    : undefined;
  return rule?.(
    params,
    inputs.map((x) => x.aval),
    outputs.map((x) => x.aval),
    profile,
  );
};
