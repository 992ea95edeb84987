import type { InferenceSession } from "onnxruntime-node";
import { asFeeds } from "../internal/as-feeds.ts";
import { failure, OnnxRuntimeError, requireNames } from "./onnx-runtime-error.ts";
import type { AsyncSession, HostArray } from "./session.ts";

/**
 * An `AsyncSession` on the public API.
 *
 * Outputs are copied: `onnxruntime-web` 1.30 accepts tensors to write to, but hands them back unwritten.
 */
export function wrapPublicSession(session: InferenceSession): AsyncSession {
  return {
    sync: false,
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    run: async (feeds, fetches) => {
      requireNames("feed", session.inputNames, feeds);
      const results = await session
        .run(asFeeds(feeds), Object.keys(fetches))
        .catch((cause: unknown) => {
          throw failure("session.run", cause);
        });
      for (const [name, target] of Object.entries(fetches))
        copyInto(name, target.data, results[name]?.data);
    },
    release: () => session.release(),
  };
}

function copyInto(name: string, target: HostArray, source: unknown): void {
  if (!ArrayBuffer.isView(source) || source.byteLength !== target.byteLength) {
    const got = ArrayBuffer.isView(source) ? `${source.byteLength} bytes` : typeof source;
    throw new OnnxRuntimeError(
      `session.run: output "${name}" must fit the array given for it, ${target.byteLength} bytes, got ${got}; allocate what the model declares.`,
    );
  }
  const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(bytes);
}
