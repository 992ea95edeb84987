import type { DeviceProfile } from "./device-profile.ts";
import type { MatmulShape } from "./matmul-spec.ts";
import type { MatmulVariant } from "./matmul-variant.ts";

/** The ways to compute a product that are worth timing on a device, the best guess first. */
export const matmulVariants = (
  { m, n }: MatmulShape,
  _profile: DeviceProfile,
): readonly MatmulVariant[] => [
  {
    kind: "registers",
    rows: m === 1 ? 1 : 8,
    columns: n === 1 ? 1 : 4,
    unroll: 4,
    groupRows: 1,
    groupColumns: 4,
    pass: false,
  },
];
