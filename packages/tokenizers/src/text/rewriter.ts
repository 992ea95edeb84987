import { type AlignedText, isInsidePair } from "./aligned-text.ts";

/** Writes a changed text from left to right over a source, and says for each new character what it stands for. */
export type Rewriter = {
  /** Place in the source, in UTF-16 units. */
  readonly position: () => number;
  /** Takes the source over as it is, up to before `end`. */
  readonly copy: (end: number) => void;
  /** Writes `text` for the character at the place, and goes on by `width` units, the rest of which are dropped. */
  readonly replace: (text: string, width: number) => void;
  /** Writes `text` as an addition to what comes before the place. */
  readonly insert: (text: string) => void;
  /** Goes on by `width` units and writes nothing. */
  readonly skip: (width: number) => void;
  readonly finish: () => AlignedText;
};

/** Units of the character at `index`: 1 or 2. */
export const widthAt = (text: string, index: number): 1 | 2 =>
  isInsidePair(text, index + 1) ? 2 : 1;

const untracked = (source: AlignedText): Rewriter => {
  let out = "";
  let place = 0;
  return {
    position: () => place,
    copy: (end) => {
      out += source.text.slice(place, end);
      place = end;
    },
    replace: (text, width) => {
      out += text;
      place += width;
    },
    insert: (text) => {
      out += text;
    },
    skip: (width) => {
      place += width;
    },
    finish: () => ({ text: out, alignment: undefined, origin: source.origin, tracked: false }),
  };
};

/** Growing pairs of start and end. */
const ranges = (capacity: number) => {
  let starts = new Int32Array(capacity);
  let ends = new Int32Array(capacity);
  let length = 0;
  const reserve = (count: number): void => {
    if (length + count <= starts.length) return;
    const size = Math.max(length + count, 2 * starts.length);
    const [oldStarts, oldEnds] = [starts, ends];
    starts = new Int32Array(size);
    ends = new Int32Array(size);
    starts.set(oldStarts);
    ends.set(oldEnds);
  };
  return {
    fill: (start: number, end: number, count: number): void => {
      reserve(count);
      starts.fill(start, length, length + count);
      ends.fill(end, length, length + count);
      length += count;
    },
    append: (fromStarts: Int32Array, fromEnds: Int32Array): void => {
      reserve(fromStarts.length);
      starts.set(fromStarts, length);
      ends.set(fromEnds, length);
      length += fromStarts.length;
    },
    result: () => ({ starts: starts.subarray(0, length), ends: ends.subarray(0, length) }),
  };
};

const tracked = (source: AlignedText): Rewriter => {
  const { text, alignment, origin } = source;
  const target = ranges(text.length + 16);
  let out = "";
  let place = 0;
  const fillAs = (index: number, count: number): void => {
    if (index < 0) return target.fill(origin, origin, count); // before everything: an empty range
    if (alignment !== undefined) {
      const start = alignment.starts[index] ?? origin;
      return target.fill(start, alignment.ends[index] ?? start, count);
    }
    const start = isInsidePair(text, index) ? index - 1 : index;
    target.fill(origin + start, origin + start + widthAt(text, start), count);
  };
  const copyPlain = (end: number): void => {
    for (let index = place; index < end;) {
      const width = widthAt(text, index);
      target.fill(origin + index, origin + index + width, width);
      index += width;
    }
  };
  return {
    position: () => place,
    copy: (end) => {
      if (end <= place) return;
      out += text.slice(place, end);
      if (alignment === undefined) copyPlain(end);
      else
        target.append(alignment.starts.subarray(place, end), alignment.ends.subarray(place, end));
      place = end;
    },
    replace: (added, width) => {
      out += added;
      fillAs(place, added.length);
      place += width;
    },
    insert: (added) => {
      out += added;
      fillAs(place - 1, added.length);
    },
    skip: (width) => {
      place += width;
    },
    finish: () => ({ text: out, alignment: target.result(), origin, tracked: true }),
  };
};

/** A rewriter over `source`, at its start. */
export const rewriter = (source: AlignedText): Rewriter =>
  source.tracked ? tracked(source) : untracked(source);
