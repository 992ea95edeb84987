import type { Tensor } from "@adjoint/core";

/** The arrays of a batch as tensors; what is no array is left out. */
export type BatchTensors<B> = {
  readonly [
    K in keyof B as B[K] extends Int32Array | Uint8Array | Float32Array ? K : never
  ]: Tensor;
};

/** The entries as a record of the batch's arrays: they must be exactly those. */
export const assemble = <B>(
  _batch: B,
  entries: readonly (readonly [string, Tensor])[],
): BatchTensors<B> => Object.fromEntries(entries) as BatchTensors<B>;
