import type { ByteSource } from "../../sources/byte-source.ts";
import { dropBytes, takeBytes } from "../../sources/internal/slice-stream.ts";

/**
 * What a source is once its stream went through `decode`. Any place in it is reached from its start, which costs the work of
 * decoding but no memory.
 */
export const decodedSource = (
  source: ByteSource,
  decode: (source: ByteSource) => AsyncIterable<Uint8Array>,
): ByteSource => {
  const stream = (start = 0): AsyncIterable<Uint8Array> =>
    start === 0 ? decode(source) : dropBytes(decode(source), start);
  return {
    name: source.name,
    size: () => Promise.resolve(undefined),
    stream,
    slice: (start, end) => takeBytes(stream(start), end - start),
  };
};
