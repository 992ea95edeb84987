import type { Emitted } from "../emit/emitted.ts";
import type { MatmulSpec } from "../matmul/matmul-spec.ts";
import type { MatmulVariant } from "../matmul/matmul-variant.ts";

/** A matrix product with the ways to compute it, the best guess first. */
export type Product = {
  readonly spec: MatmulSpec;
  readonly variants: readonly MatmulVariant[];
  /** The kernels of one way. */
  readonly kernels: (variant: MatmulVariant) => readonly Emitted[];
};

/** Picks a way to compute a product; undefined for the best guess. */
export type ChooseVariant = (product: Product) => MatmulVariant | undefined;
