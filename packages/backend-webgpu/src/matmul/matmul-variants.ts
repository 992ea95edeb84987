import type { MatmulProfile } from "./matmul-profile.ts";
import { gpuVariants } from "./gpu-variants.ts";
import type { MatmulShape } from "./matmul-spec.ts";
import type { MatmulVariant } from "./matmul-variant.ts";
import { softwareVariants } from "./software-variants.ts";

/** The ways to compute a product that are worth timing on a device, the best guess first; there is always one. */
export const matmulVariants = (
  shape: MatmulShape,
  profile: MatmulProfile,
): readonly MatmulVariant[] =>
  profile.isSoftware ? softwareVariants(shape, profile) : gpuVariants(shape, profile);
