import type { Eqn } from "@adjoint/core/backend";
import type { DeviceProfile } from "../device/profile.ts";
import { matmulKernel } from "../matmul/matmul-kernel.ts";
import type { MatmulVariant } from "../matmul/matmul-variant.ts";
import { matmulVariants } from "../matmul/matmul-variants.ts";
import { matmulReduceKernel } from "../matmul/reduce-kernel.ts";
import { partialsOf, splitsOf } from "../matmul/tile-kernel.ts";
import type { ChooseVariant } from "../tune/product.ts";
import type { Storage } from "./arrays.ts";
import { dotSpec } from "./dot-spec.ts";
import type { Emitted } from "./emitted.ts";
import type { Unit } from "./unit.ts";

type PlannedDot = NonNullable<ReturnType<typeof dotSpec>>;

/** The kernels of a product computed in one way: one, or two where the contracted axis is split. */
const kernelsOf = ({ spec, storages }: PlannedDot, variant: MatmulVariant): readonly Emitted[] => {
  const kernel = matmulKernel(spec, variant);
  const isSplit = variant.kind === "tiles" && splitsOf(spec, variant) > 1;
  if (!isSplit) return [{ kernel, storages }];
  const { element } = partialsOf("write", spec.type ?? "f32");
  const size = splitsOf(spec, variant) * spec.batch * spec.m * spec.n;
  const partials: Storage = { element, size };
  return [
    { kernel, storages: [...storages.slice(0, 2), partials] },
    { kernel: matmulReduceKernel(spec, variant), storages: [partials, ...storages.slice(2)] },
  ];
};

/** The kernels of a matrix product and what follows it, computed in the way that `choose` picks, or the best guess. */
export const dotKernels = (
  unit: Unit,
  eqn: Eqn,
  profile: DeviceProfile,
  choose?: ChooseVariant,
): readonly Emitted[] => {
  const planned = dotSpec(unit, eqn);
  if (planned === undefined) throw new RangeError("a product's operands must be evenly spaced");
  const { spec } = planned;
  const variants = matmulVariants(spec, profile);
  const kernels = (way: MatmulVariant): readonly Emitted[] => kernelsOf(planned, way);
  const variant = choose?.({ spec, variants, kernels }) ?? variants[0];
  if (variant === undefined) throw new RangeError("no variant of a product fits the device");
  return kernels(variant);
};
