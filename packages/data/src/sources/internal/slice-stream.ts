import { joinBytes } from "./join-bytes.ts";

/** The first `length` bytes of a stream, or all when it has fewer. */
export const takeBytes = async (
  stream: AsyncIterable<Uint8Array>,
  length: number,
): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = [];
  let missing = length;
  if (missing > 0)
    for await (const piece of stream) {
      pieces.push(piece.subarray(0, missing));
      missing -= piece.length;
      if (missing <= 0) break;
    }
  return joinBytes(pieces);
};

/** What is left of a stream after its first `count` bytes. */
export async function* dropBytes(
  stream: AsyncIterable<Uint8Array>,
  count: number,
): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const piece of stream) {
    if (left < piece.length) yield left === 0 ? piece : piece.subarray(left);
    left = Math.max(0, left - piece.length);
  }
}
