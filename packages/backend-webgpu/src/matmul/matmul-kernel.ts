import type { Kernel } from "../kernel/kernel.ts";
import type { MatmulSpec } from "./matmul-spec.ts";
import type { MatmulVariant } from "./matmul-variant.ts";
import { registerKernel } from "./register-kernel.ts";
import { thinKernel } from "./thin-kernel.ts";
import { tileKernel } from "./tile-kernel.ts";

/**
 * The kernel of a product with its epilogue, f32 sums. With a variant of more than one split, its operands are a, b and
 * `partials`, f32 (splits, batch, m, n), and `matmulReduceKernel` must follow.
 */
export const matmulKernel = (spec: MatmulSpec, variant: MatmulVariant): Kernel => {
  switch (variant.kind) {
    case "registers":
      return registerKernel(spec, variant);
    case "tiles":
      return tileKernel(spec, variant);
    case "thin":
      return thinKernel(spec, variant);
  }
};
