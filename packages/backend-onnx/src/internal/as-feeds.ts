import type { InferenceSession } from "onnxruntime-node";
import type { HostTensors } from "../runtime/session.ts";

/**
 * Host tensors as the public API of ONNX Runtime takes them.
 *
 * Its engines read the fields that `HostTensor` has. Its class `Tensor` would turn float16 into `Float16Array` where that
 * exists, which the native engine cannot read.
 */
export function asFeeds(tensors: HostTensors): InferenceSession.FeedsType {
  return tensors as unknown as InferenceSession.FeedsType;
}
