import type { Kernel } from "../kernel/kernel.ts";
import type { MatmulSpec } from "./matmul-spec.ts";
import type { MatmulVariant } from "./matmul-variant.ts";
import { registerKernel } from "./register-kernel.ts";

/** The kernel of a product with its epilogue. */
export const matmulKernel = (spec: MatmulSpec, variant: MatmulVariant): Kernel => {
  switch (variant.kind) {
    case "registers":
      return registerKernel(spec, variant);
    default:
      throw new Error("not yet");
  }
};
