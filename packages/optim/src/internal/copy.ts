import type { Tensor } from "@adjoint/core";

/** The same values in a tensor of its own, so that both may be donated. */
export const copy = (x: Tensor): Tensor => x.add(0);
