import type { DataError } from "../../errors.ts";
import type { ByteSource } from "../../sources/byte-source.ts";
import { joinBytes } from "../../sources/internal/join-bytes.ts";
import { untilBroken } from "./until-broken.ts";

/** A line of bytes without its end. */
export type ByteLine = {
  /** Its bytes; undefined when there were more than the limit, which were then not kept. */
  readonly bytes: Uint8Array | undefined;
  /** Where it begins. */
  readonly byte: number;
  /** Which line it is, from 1. */
  readonly line: number;
  /** Where the next line begins. */
  readonly end: number;
};

/** Where a line begins. */
export type LinePlace = { readonly byte: number; readonly line: number };

const LF = 10;
const CR = 13;

const withoutMark = (bytes: Uint8Array): Uint8Array =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;

/** Puts lines together from pieces. */
class LineSplitter {
  private readonly limit: number;
  private pieces: Uint8Array[] = [];
  private length = 0;
  private byte: number;
  private line: number;

  constructor({ byte, line }: LinePlace, limit: number) {
    this.byte = byte;
    this.line = line;
    this.limit = limit;
  }

  /** The lines that end within `chunk`. */
  push(chunk: Uint8Array): ByteLine[] {
    const lines: ByteLine[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LF, start);
      if (end === -1) break;
      this.keep(chunk.subarray(start, end));
      lines.push(this.take(1));
      start = end + 1;
    }
    this.keep(chunk.subarray(start));
    return lines;
  }

  /** The last line, when there is something after the last line feed. */
  rest(): ByteLine[] {
    return this.length === 0 ? [] : [this.take(0)];
  }

  private keep(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.length += piece.length;
    if (this.length <= this.limit + 1) this.pieces.push(piece); // one more for a CR
    else this.pieces = [];
  }

  private take(feed: 0 | 1): ByteLine {
    const { byte, line, length } = this;
    const end = byte + length + feed;
    const bytes = length <= this.limit + 1 ? this.content() : undefined;
    this.pieces = [];
    this.length = 0;
    this.byte = end;
    this.line++;
    return { bytes, byte, line, end };
  }

  private content(): Uint8Array | undefined {
    const joined = joinBytes(this.pieces);
    const whole = joined.at(-1) === CR ? joined.subarray(0, -1) : joined;
    if (whole.length > this.limit) return undefined;
    return this.byte === 0 ? withoutMark(whole) : whole;
  }
}

/**
 * The lines of a source from `place` on, those of each piece at once. Lines end with LF or CR LF; a byte order mark at the
 * start of the source is left out. A source that breaks off is reported; its last line, which may be cut, is left out.
 */
export async function* byteLines(
  source: ByteSource,
  place: LinePlace,
  limit: number,
  report: (error: DataError) => void,
): AsyncGenerator<readonly ByteLine[]> {
  const splitter = new LineSplitter(place, limit);
  yield* untilBroken<readonly ByteLine[]>(source.stream(place.byte), report, {
    push: (piece) => splitter.push(piece),
    end: () => splitter.rest(),
  });
}
