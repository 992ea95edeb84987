import type { TensorRecord } from "../proto/model-record.ts";
import type { NativeSession } from "./native-binding.ts";
import type { HostTensors } from "./session.ts";

/**
 * An output that a native session cannot hand over. The binding of `onnxruntime-node` 1.30 copies every output to a new array, even
 * those that it has just written to arrays given to it: each result would be copied, for nobody, to fresh pages of memory. It converts
 * outputs in the order of the model, after the run, and ends with an error at the first one that JavaScript has no array for. With
 * that one in front nothing is copied. A binding that could convert it would copy the others as before.
 */
export const endMark: TensorRecord = {
  name: "end",
  dtype: "bfloat16",
  dims: [1],
  bytes: new Uint8Array(2),
};

const isEnd = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith("Tensor type (16) is not supported");

/** Runs a session whose first output is `endMark`. */
export const runToEnd = (native: NativeSession, feeds: HostTensors, fetches: HostTensors): void => {
  try {
    native.run(feeds, { [endMark.name]: null, ...fetches }, {});
  } catch (error) {
    if (!isEnd(error)) throw error;
  }
};
