import { DataError } from "../../errors.ts";
import type { ByteSource } from "../../sources/byte-source.ts";

/** Takes compressed bytes and calls back with decompressed ones; throws a reason when they are no such bytes. */
export type Decoder = {
  readonly push: (bytes: Uint8Array) => void;
  /** At the end of the input; throws when it is not the end of the compressed stream. */
  readonly end: () => void;
};

const failure = (operation: string, source: ByteSource, byte: number, cause: unknown): DataError =>
  new DataError(
    {
      operation,
      rule: "the compressed data must be whole and undamaged",
      got: cause instanceof Error ? cause.message : String(cause),
      fix: "fetch the file again; what came before the damage was given out",
    },
    { source: source.name, byte },
    { cause },
  );

/**
 * A source's stream through a decoder, `pieceSize` bytes at once, which bounds the memory that hostile input takes; what was
 * decompressed before damage is found comes out first.
 */
export async function* decodeStream(
  operation: string,
  source: ByteSource,
  pieceSize: number,
  open: (give: (bytes: Uint8Array) => void) => Decoder,
): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  let at = 0;
  const decoder = open((bytes) => void ready.push(bytes));
  const attempt = (action: () => void): DataError | undefined => {
    try {
      action();
      return undefined;
    } catch (cause) {
      return failure(operation, source, at, cause);
    }
  };
  async function* give(error: DataError | undefined): AsyncGenerator<Uint8Array> {
    const pieces = ready;
    ready = [];
    yield* pieces;
    if (error !== undefined) throw error;
  }
  for await (const chunk of source.stream())
    for (let start = 0; start < chunk.length; start += pieceSize) {
      const piece = chunk.subarray(start, start + pieceSize);
      yield* give(attempt(() => decoder.push(piece)));
      at += piece.length;
    }
  yield* give(attempt(() => decoder.end()));
}
