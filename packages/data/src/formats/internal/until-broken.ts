import { DataError } from "../../errors.ts";

/**
 * What `push` makes of each piece of a stream, then of its end. Where the stream breaks off, such as a compressed file that was cut,
 * `broken` gives what is whole by then, and `report` is told why.
 */
export async function* untilBroken<T>(
  stream: AsyncIterable<Uint8Array>,
  report: (error: DataError) => void,
  steps: {
    readonly push: (piece: Uint8Array) => T;
    readonly end: () => T;
    readonly broken?: () => T;
  },
): AsyncGenerator<T> {
  try {
    for await (const piece of stream) yield steps.push(piece);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    if (steps.broken !== undefined) yield steps.broken();
    report(error);
    return;
  }
  yield steps.end();
}
