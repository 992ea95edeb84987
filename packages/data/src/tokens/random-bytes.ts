/** Bytes that can be read at any place: a file, a Blob, a URL. */
export type RandomBytes = {
  /** A path or an address, for errors. */
  readonly name: string;
  /** Bytes in all. */
  readonly size: number;
  /** The bytes from `start` to before `end`; fewer where the source is shorter than it said. */
  readonly read: (start: number, end: number) => Promise<Uint8Array>;
  /** Frees what it holds. */
  readonly close: () => Promise<void>;
};

const nothing = (): Promise<void> => Promise.resolve();

/**
 * Bytes in memory, or of a Blob or a file that a user chose in a browser.
 *
 * ```ts doctest
 * import { bytesOf } from "@adjoint/data";
 * const bytes = bytesOf(new Blob(["hello"]));
 * new TextDecoder().decode(await bytes.read(1, 3)); // => "el"
 * ```
 */
export const bytesOf = (from: Uint8Array | Blob, name = "bytes"): RandomBytes => {
  if (from instanceof Uint8Array) {
    const read = (start: number, end: number): Promise<Uint8Array> =>
      Promise.resolve(from.subarray(start, end));
    return { name, size: from.length, read, close: nothing };
  }
  const read = async (start: number, end: number): Promise<Uint8Array> =>
    new Uint8Array(await from.slice(start, end).arrayBuffer());
  return { name, size: from.size, read, close: nothing };
};
