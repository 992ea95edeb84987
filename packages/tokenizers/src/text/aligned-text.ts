/** For each UTF-16 unit of a rewritten text, the range of the original that it stands for. */
export type Alignment = { readonly starts: Int32Array; readonly ends: Int32Array };

/**
 * A text, or a part of one, that remembers where in the original it comes from. Every change makes a new value. What
 * only looks at ids asks for no tracking, and then nothing but the text is kept.
 * Source: NormalizedString of Hugging Face's tokenizers, in UTF-16 units instead of bytes.
 */
export type AlignedText = {
  readonly text: string;
  /** Undefined as long as the text is the original, unit for unit, from `origin` on. */
  readonly alignment: Alignment | undefined;
  /** Where in the original the part begins that this text was cut from. */
  readonly origin: number;
  readonly tracked: boolean;
};

/** A text as it came. */
export const alignedText = (text: string, tracked = true, origin = 0): AlignedText => ({
  text,
  alignment: undefined,
  origin,
  tracked,
});

/** Whether `text` has both halves of a surrogate pair around `index`. */
export const isInsidePair = (text: string, index: number): boolean => {
  if (index <= 0 || index >= text.length) return false;
  const second = text.charCodeAt(index);
  if (second < 0xdc00 || second > 0xdfff) return false;
  const first = text.charCodeAt(index - 1);
  return first >= 0xd800 && first <= 0xdbff;
};

/** Start in the original of what unit `index` stands for. */
export const originalStart = ({ text, alignment, origin }: AlignedText, index: number): number =>
  alignment === undefined
    ? origin + index - (isInsidePair(text, index) ? 1 : 0)
    : (alignment.starts[index] ?? origin);

/** End in the original of what the unit before `index` stands for. */
export const originalEnd = ({ text, alignment, origin }: AlignedText, index: number): number =>
  alignment === undefined
    ? origin + index + (isInsidePair(text, index) ? 1 : 0)
    : (alignment.ends[index - 1] ?? origin);

/** The part from `start` to before `end`, both between characters. */
export const sliceAligned = (source: AlignedText, start: number, end: number): AlignedText => {
  if (start === 0 && end === source.text.length && source.alignment === undefined) return source;
  const text = source.text.slice(start, end);
  const { alignment, origin, tracked } = source;
  if (!tracked || alignment === undefined)
    return { text, alignment: undefined, origin: origin + start, tracked };
  return {
    text,
    alignment: {
      starts: alignment.starts.subarray(start, end),
      ends: alignment.ends.subarray(start, end),
    },
    origin: start < end ? (alignment.starts[start] ?? origin) : origin,
    tracked,
  };
};
