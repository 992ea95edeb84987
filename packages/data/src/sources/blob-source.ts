import type { ByteSource } from "./byte-source.ts";
import { readStream } from "./internal/read-stream.ts";

/** A Blob, or a File that a user chose in a browser; nothing is read before it is asked for. */
export const blobSource = (
  blob: Blob,
  name: string = "name" in blob && typeof blob.name === "string" ? blob.name : "blob",
): ByteSource => ({
  name,
  size: () => Promise.resolve(blob.size),
  stream: (start = 0) => readStream(blob.slice(start).stream()),
  slice: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
});
