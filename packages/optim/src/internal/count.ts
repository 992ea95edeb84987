import { type Tensor, zeros } from "@adjoint/core";

/** A step counter at 0. It is tensor data, so that a compiled step serves every step. */
export const startCount = (): Tensor => zeros([], { dtype: "int32" });
