import type { Encoding } from "../encoding.ts";

/** What no text gives. */
export const emptyEncoding: Encoding = {
  ids: new Int32Array(0),
  typeIds: new Int32Array(0),
  tokens: [],
  offsets: new Int32Array(0),
  wordIds: new Int32Array(0),
  sequenceIds: new Int32Array(0),
  attentionMask: new Uint8Array(0),
  specialTokensMask: new Uint8Array(0),
  overflowing: [],
};

type Column = {
  readonly [K in keyof Encoding]: Encoding[K] extends Int32Array ? K : never;
}[keyof Encoding];

const int32 = (parts: readonly Encoding[], column: Column): Int32Array => {
  const out = new Int32Array(parts.reduce((sum, part) => sum + part[column].length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part[column], at);
    at += part[column].length;
  }
  return out;
};

const bytes = (
  parts: readonly Encoding[],
  column: "attentionMask" | "specialTokensMask",
): Uint8Array => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part[column].length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part[column], at);
    at += part[column].length;
  }
  return out;
};

/** Encodings one behind another, without what overflows. */
const chained = (parts: readonly Encoding[]): Encoding => ({
  ids: int32(parts, "ids"),
  typeIds: int32(parts, "typeIds"),
  tokens: parts.flatMap(({ tokens }) => tokens),
  offsets: int32(parts, "offsets"),
  wordIds: int32(parts, "wordIds"),
  sequenceIds: int32(parts, "sequenceIds"),
  attentionMask: bytes(parts, "attentionMask"),
  specialTokensMask: bytes(parts, "specialTokensMask"),
  overflowing: [],
});

/** Every way to take a window of each part but for the way that takes the first of all: the order is Hugging Face's. */
const otherWindows = (parts: readonly Encoding[]): readonly (readonly Encoding[])[] => {
  let taken: readonly Encoding[] = [];
  let others: readonly (readonly Encoding[])[] = [];
  for (const part of parts) {
    const before = taken;
    others = [
      ...others.flatMap((other) => [part, ...part.overflowing].map((window) => [...other, window])),
      ...part.overflowing.map((window) => [...before, window]),
    ];
    taken = [...taken, part];
  }
  return others;
};

/** Encodings one behind another; windows that overflow are joined with the others in every way. */
export const joinEncodings = (parts: readonly Encoding[]): Encoding => ({
  ...chained(parts),
  overflowing: otherWindows(parts).map(chained),
});

/** The tokens from `start` to before `end`, without what overflows. */
export const sliceEncoding = (encoding: Encoding, start: number, end: number): Encoding => ({
  ids: encoding.ids.slice(start, end),
  typeIds: encoding.typeIds.slice(start, end),
  tokens: encoding.tokens.slice(start, end),
  offsets: encoding.offsets.slice(2 * start, 2 * end),
  wordIds: encoding.wordIds.slice(start, end),
  sequenceIds: encoding.sequenceIds.slice(start, end),
  attentionMask: encoding.attentionMask.slice(start, end),
  specialTokensMask: encoding.specialTokensMask.slice(start, end),
  overflowing: [],
});
