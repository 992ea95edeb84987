import { DataError, type DataPosition } from "../../errors.ts";
import type { ByteSource } from "../../sources/byte-source.ts";

/** Takes compressed bytes and calls back with decompressed ones; throws a reason when they are no such bytes. */
export type Decoder = {
  readonly push: (bytes: Uint8Array) => void;
  /** At the end of the input; throws when it is not the end of the compressed stream. */
  readonly end: () => void;
  /** How many of the bytes pushed last were read, and how many of the part (of gzip: the member) that the last one belongs to. */
  readonly read?: () => { readonly ofPiece: number; readonly ofPart: number };
};

const failure = (
  operation: string,
  part: number | undefined,
  position: DataPosition,
  cause: unknown,
): DataError => {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const rule = "the compressed data must be whole and undamaged";
  const got = part === undefined ? reason : `${reason}, in the member that begins at byte ${part}`;
  const fix = "fetch the file again; what came before the damage was given out";
  return new DataError({ operation, rule, got, fix }, position, { cause });
};

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
  let [at, decoded] = [0, 0];
  const decoder = open((bytes) => {
    ready.push(bytes);
    decoded += bytes.length;
  });
  const attempt = (action: () => void, isPiece: boolean): DataError | undefined => {
    try {
      action();
      return undefined;
    } catch (cause) {
      const read = decoder.read?.();
      const byte = at + (isPiece ? (read?.ofPiece ?? 0) : 0);
      const part = read === undefined ? undefined : byte - read.ofPart;
      return failure(operation, part, { source: source.name, byte, decoded }, cause);
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
      yield* give(attempt(() => decoder.push(piece), true));
      at += piece.length;
    }
  yield* give(attempt(() => decoder.end(), false));
}
