/** Bytes that can be read from any place: a file, an address, a Blob, memory, or one of these decompressed. */
export type ByteSource = {
  /** What errors call it: a path, an address. */
  readonly name: string;
  /** How many bytes there are; undefined when that is not known before they are read. */
  readonly size: () => Promise<number | undefined>;
  /** The bytes from `start` (0 when absent) to the end, in pieces that belong to the reader. */
  readonly stream: (start?: number) => AsyncIterable<Uint8Array>;
  /** The bytes from `start` up to, not including, `end`; fewer when the source ends before. */
  readonly slice: (start: number, end: number) => Promise<Uint8Array>;
};
