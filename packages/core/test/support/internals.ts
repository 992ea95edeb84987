import type { DType, Tensor } from "@adjoint/core";
import type { Params, Primitive } from "@adjoint/core/backend";

/** What tensors have for the rules of primitives; published types leave it out. */
type Internals = {
  readonly bind: (
    primitive: Primitive,
    inputs: readonly Tensor[],
    params: Params,
  ) => readonly Tensor[];
  readonly literal: (value: number, dtype: DType) => Tensor;
};

export const internals = (x: Tensor): Internals => x as unknown as Internals;
