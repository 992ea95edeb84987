import { traceFlat } from "../ir/trace-flat.ts";
import type { MappedAxis } from "../primitives/primitive.ts";
import type { Tensor } from "../tensor.ts";
import { evalBatched, withBatchAxis } from "./eval-batched.ts";

/** A function of tensors as rules take it. */
export type FlatFunction = (inputs: readonly Tensor[]) => readonly Tensor[];

/** `fn` over examples: inputs marked `batched` carry the mapped axis in front, all outputs do. */
export const vmapFlat =
  (fn: FlatFunction, batched: readonly boolean[], axis: MappedAxis): FlatFunction =>
  (inputs) => {
    const avals = inputs.map((x, i) =>
      batched[i] === true ? { shape: x.shape.slice(1), dtype: x.dtype } : x.aval,
    );
    const result = evalBatched(traceFlat(avals, fn), inputs, batched, axis);
    return result.outputs.map((y, i) => withBatchAxis(y, result.batched[i] === true, axis));
  };
