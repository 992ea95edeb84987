import { fromData, type Shape, type Tensor } from "@adjoint/core";
import { assemble, type BatchTensors } from "./internal/batch-tensors.ts";

export type { BatchTensors } from "./internal/batch-tensors.ts";

const isArray = (x: unknown): x is Int32Array | Uint8Array | Float32Array =>
  x instanceof Int32Array || x instanceof Uint8Array || x instanceof Float32Array;

/**
 * The arrays of a batch as tensors on the current backend: int32 and float32 as they are, bytes as bool. Arrays that
 * have a value per token get the batch's shape, others one axis, and everything else is left out. They belong to the
 * caller.
 *
 * ```ts doctest
 * import { padExamples, toTensors } from "@adjoint/data";
 * const { inputs, mask, lengths } = toTensors(padExamples([{ ids: Int32Array.of(5, 6) }]));
 * [inputs.shape, inputs.dtype]; // => [[1, 2], "int32"]
 * [mask.dtype, lengths.shape]; // => ["bool", [1]]
 * ```
 */
export const toTensors = <B extends { readonly shape: Shape }>(batch: B): BatchTensors<B> => {
  const size = batch.shape.reduce((all, n) => all * n, 1);
  const entries: (readonly [string, Tensor])[] = [];
  for (const [name, value] of Object.entries(batch)) {
    if (!isArray(value)) continue;
    const isPerToken = value.length === size && name !== "lengths";
    const shape = isPerToken ? batch.shape : [value.length];
    const dtype = value instanceof Uint8Array ? ("bool" as const) : undefined;
    entries.push([name, fromData(value, shape, dtype)]);
  }
  return assemble(batch, entries);
};
