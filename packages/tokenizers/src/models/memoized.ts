import { IdBuffer } from "./id-buffer.ts";
import type { Model } from "./model.ts";

/** Longer pieces are not remembered: they seldom come twice. */
const longest = 128;
/** The cache is emptied when it has so many pieces. */
const most = 1 << 16;

/** Appends ids and spans (start and end of each) of a piece. */
export type SpanEncoder = (piece: string, ids: IdBuffer, spans: IdBuffer) => void;

/** [id, start, end] of each token. */
const computed = (encode: SpanEncoder, piece: string): Int32Array => {
  const ids = new IdBuffer(8);
  const spans = new IdBuffer(16);
  encode(piece, ids, spans);
  const entry = new Int32Array(ids.length * 3);
  for (let i = 0; i < ids.length; i++) {
    entry[3 * i] = ids.ids[i] ?? 0;
    entry[3 * i + 1] = spans.ids[2 * i] ?? 0;
    entry[3 * i + 2] = spans.ids[2 * i + 1] ?? 0;
  }
  return entry;
};

/** The encoding functions of a model that remember what they computed, for a bounded number of pieces. */
export const memoized = (
  encode: SpanEncoder,
): Pick<Model, "encodePiece" | "encodePieceWithSpans"> => {
  const cache = new Map<string, Int32Array>();
  const entryOf = (piece: string): Int32Array => {
    const known = cache.get(piece);
    if (known !== undefined) return known;
    const entry = computed(encode, piece);
    if (piece.length > longest) return entry;
    if (cache.size >= most) cache.clear();
    cache.set(piece, entry);
    return entry;
  };
  return {
    encodePiece: (piece, out) => {
      const entry = entryOf(piece);
      for (let i = 0; i < entry.length; i += 3) out.push(entry[i] ?? 0);
    },
    encodePieceWithSpans: (piece, out, spans) => {
      const entry = entryOf(piece);
      for (let i = 0; i < entry.length; i += 3) {
        out.push(entry[i] ?? 0);
        spans.push(entry[i + 1] ?? 0);
        spans.push(entry[i + 2] ?? 0);
      }
    },
  };
};
