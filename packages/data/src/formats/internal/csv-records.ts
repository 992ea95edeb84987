import type { DataError } from "../../errors.ts";
import type { ByteSource } from "../../sources/byte-source.ts";
import { joinBytes } from "../../sources/internal/join-bytes.ts";
import type { LinePlace } from "./byte-lines.ts";
import { untilBroken } from "./until-broken.ts";

/** What separates fields, and how long a record may be. */
export type CsvShape = { readonly delimiter: number; readonly maxRowBytes: number };

type Place = {
  /** Where it begins. */
  readonly byte: number;
  readonly line: number;
  /** Where the next one begins. */
  readonly end: number;
  readonly endLine: number;
};

/** What is wrong with a record. */
export type CsvFault = { readonly rule: string; readonly fix: string };

/** A record: its bytes without the line end, or what is wrong with it. */
export type CsvRecord = Place & ({ readonly bytes: Uint8Array } | { readonly fault: CsvFault });

const LF = 10;
const CR = 13;
const QUOTE = 34;

const unclosed: CsvFault = {
  rule: "a quote must be closed",
  fix: "close it, or double quotes within fields",
};
const afterQuote: CsvFault = {
  rule: "only a delimiter or the end of the row may follow a closing quote",
  fix: "double quotes within fields",
};
const tooLong = (limit: number): CsvFault => ({
  rule: `a row must have at most ${limit} bytes`,
  fix: "raise maxRowBytes, or skip such rows with onError",
});

/** Where a record ends: the place of its line feed, or why there is none. */
type End = { readonly at: number; readonly lines: number } | { readonly fault: CsvFault } | "more";

/** Finds the end of the record that begins at `start`. */
const findEnd = (bytes: Uint8Array, start: number, delimiter: number, isLast: boolean): End => {
  let at = start;
  let lines = 1;
  for (;;) {
    if (bytes[at] !== QUOTE) {
      // an unquoted field: to the next delimiter or line feed
      while (at < bytes.length && bytes[at] !== delimiter && bytes[at] !== LF) at++;
    } else {
      let close = bytes.indexOf(QUOTE, at + 1);
      while (close !== -1 && bytes[close + 1] === QUOTE) close = bytes.indexOf(QUOTE, close + 2);
      if (close === -1) return isLast ? { fault: unclosed } : "more";
      lines += countFeeds(bytes, at + 1, close);
      at = close + 1;
      const isCrLf = bytes[at] === CR && (bytes[at + 1] === LF || at + 1 >= bytes.length);
      if (isCrLf) at++;
      if (at >= bytes.length) return isLast ? { at, lines } : "more";
      if (bytes[at] !== delimiter && bytes[at] !== LF) return { fault: afterQuote };
    }
    if (at >= bytes.length) return isLast ? { at, lines } : "more";
    if (bytes[at] === LF) return { at, lines };
    at++;
  }
};

const countFeeds = (bytes: Uint8Array, start: number, end: number): number => {
  let count = 0;
  for (let at = bytes.indexOf(LF, start); at !== -1 && at < end; at = bytes.indexOf(LF, at + 1))
    count++;
  return count;
};

/** Cuts records out of pieces. */
class RecordSplitter {
  private readonly shape: CsvShape;
  /** What was not cut yet begins at `start` of `bytes`, which is `byte` of the source. */
  private bytes: Uint8Array = new Uint8Array(0);
  private pieces: Uint8Array[] = [];
  private waiting = 0;
  private wanted = 0;
  private start = 0;
  private byte: number;
  private line: number;
  /** Within a row that is too long, whose rest goes by unread. */
  private isSkipping = false;

  constructor({ byte, line }: LinePlace, shape: CsvShape) {
    this.byte = byte;
    this.line = line;
    this.shape = shape;
  }

  push(chunk: Uint8Array): CsvRecord[] {
    this.pieces.push(chunk);
    this.waiting += chunk.length;
    // looking again only when there is twice as much keeps long rows linear
    return this.waiting < this.wanted ? [] : this.cut(false);
  }

  rest(): CsvRecord[] {
    return this.cut(true);
  }

  /** The records whose ends are there. */
  whole(): CsvRecord[] {
    return this.cut(false);
  }

  private cut(isLast: boolean): CsvRecord[] {
    this.bytes = joinBytes([this.bytes.subarray(this.start), ...this.pieces]);
    this.pieces = [];
    this.waiting = 0;
    this.start = 0;
    if (
      this.byte === 0 &&
      this.bytes[0] === 0xef &&
      this.bytes[1] === 0xbb &&
      this.bytes[2] === 0xbf
    )
      this.advance(3, 0);
    const records: CsvRecord[] = [];
    while (this.start < this.bytes.length && this.cutOne(records, isLast));
    const left = this.bytes.length - this.start;
    this.wanted = left > 2 ** 16 ? left : 0;
    return records;
  }

  /** Cuts one record or blank line; false when there is not enough for it. */
  private cutOne(records: CsvRecord[], isLast: boolean): boolean {
    if (this.isSkipping) return this.skipLine();
    const { delimiter, maxRowBytes } = this.shape;
    const end = findEnd(this.bytes, this.start, delimiter, isLast);
    const left = this.bytes.length - this.start;
    if (end === "more") {
      if (left <= maxRowBytes + 2) return false;
      return this.give(records, { fault: tooLong(maxRowBytes) }, this.lineLength(), 1);
    }
    if ("fault" in end) return this.give(records, end, this.lineLength(), 1);
    const isCr = end.at > this.start && this.bytes[end.at - 1] === CR;
    const bytes = this.bytes.subarray(this.start, isCr ? end.at - 1 : end.at);
    const length = end.at - this.start + 1;
    if (bytes.length === 0) return this.advance(length, 1);
    const content = bytes.length > maxRowBytes ? { fault: tooLong(maxRowBytes) } : { bytes };
    return this.give(records, content, length, end.lines);
  }

  private give(
    records: CsvRecord[],
    content: { readonly bytes: Uint8Array } | { readonly fault: CsvFault },
    length: number,
    lines: number,
  ): boolean {
    const { byte, line } = this;
    this.advance(length, lines);
    records.push({ ...content, byte, line, end: this.byte, endLine: this.line });
    return true;
  }

  /** The length of the line at hand with its end; when that is not here yet, all there is, and the rest goes by. */
  private lineLength(): number {
    const feed = this.bytes.indexOf(LF, this.start);
    if (feed !== -1) return feed + 1 - this.start;
    this.isSkipping = true;
    return this.bytes.length - this.start;
  }

  private skipLine(): boolean {
    const feed = this.bytes.indexOf(LF, this.start);
    this.isSkipping = feed === -1;
    return this.advance(feed === -1 ? this.bytes.length - this.start : feed + 1 - this.start, 0);
  }

  private advance(length: number, lines: number): true {
    const step = Math.min(length, this.bytes.length - this.start);
    this.start += step;
    this.byte += step;
    this.line += lines;
    return true;
  }
}

/** The records of a source from `place` on, those of each piece at once. */
export async function* csvRecords(
  source: ByteSource,
  place: LinePlace,
  shape: CsvShape,
  report: (error: DataError) => void,
): AsyncGenerator<readonly CsvRecord[]> {
  const splitter = new RecordSplitter(place, shape);
  yield* untilBroken<readonly CsvRecord[]>(source.stream(place.byte), report, {
    push: (piece) => splitter.push(piece),
    end: () => splitter.rest(),
    broken: () => splitter.whole(),
  });
}
