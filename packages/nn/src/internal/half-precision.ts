import type { Tensor } from "@adjoint/core";

/** Whether x has 16 bits. */
export const isHalf = ({ dtype }: Tensor): boolean => dtype === "float16" || dtype === "bfloat16";

/** x in float32 when it has 16 bits. */
export const widened = (x: Tensor): Tensor => (isHalf(x) ? x.cast("float32") : x);
