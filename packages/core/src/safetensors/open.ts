import type { DType } from "../dtype.ts";
import type { HostArray } from "../host-array.ts";
import { sizeOf } from "../shape.ts";
import { invalid } from "./format-error.ts";
import { checkEnd, type Entry, headerLength, type Metadata, parseHeader } from "./header.ts";

/** Bytes that can be read in part: a file, a Blob, a URL that serves ranges. */
export type ByteRanges = {
  readonly size: number;
  /** Bytes from `start` up to `end`, not included; both lie within the size. */
  readonly read: (start: number, end: number) => Promise<Uint8Array>;
};

/** A file whose tensors are read one by one. */
export type LazyFile = {
  /** Type and shape of each tensor, by name, in the order of the file. */
  readonly tensors: ReadonlyMap<
    string,
    { readonly dtype: DType; readonly shape: readonly number[] }
  >;
  readonly metadata: Metadata;
  /** Reads one tensor; throws SafetensorsError for a name that the file lacks or bytes that do not come. */
  readonly read: (name: string) => Promise<HostArray>;
};

const readEntry = async (
  source: ByteRanges,
  start: number,
  name: string,
  entry: Entry | undefined,
): Promise<HostArray> => {
  if (entry === undefined) throw invalid("a tensor must be in the file", `no "${name}"`);
  const { type, shape, range } = entry;
  const bytes = await source.read(start + range[0], start + range[1]);
  if (bytes.length !== range[1] - range[0])
    throw invalid(
      `all bytes of "${name}" must come`,
      `${bytes.length} of ${range[1] - range[0]}`,
      "read it again",
    );
  return { dtype: type.dtype, shape, data: type.read(bytes, sizeOf(shape)) };
};

/**
 * Opens a safetensors file without reading its tensors: only the header is read, and each tensor when it is asked for.
 * Throws SafetensorsError for anything that is not such a file.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { encode, open } from "@adjoint/core/safetensors";
 * const bytes = await encode({ w: tensor([1, 2]), b: tensor([3]) });
 * const file = await open({ size: bytes.length, read: async (start, end) => bytes.subarray(start, end) });
 * [...file.tensors.keys()]; // => ["w", "b"]
 * (await file.read("b")).shape; // => [1]
 * ```
 */
export const open = async (source: ByteRanges): Promise<LazyFile> => {
  const first = await source.read(0, Math.min(8, source.size));
  const start = 8 + headerLength(first, source.size);
  const { entries, metadata } = parseHeader(await source.read(8, start));
  checkEnd(entries, source.size - start);
  return {
    tensors: new Map(
      [...entries].map(([name, { type, shape }]) => [name, { dtype: type.dtype, shape }]),
    ),
    metadata,
    read: (name) => readEntry(source, start, name, entries.get(name)),
  };
};
