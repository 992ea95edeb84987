import type { WordPieceSpec } from "../spec/model-spec.ts";
import type { IdBuffer } from "./id-buffer.ts";
import { lookup } from "./lookup.ts";
import { memoized, type SpanEncoder } from "./memoized.ts";
import { missingUnknown } from "./missing-unknown.ts";
import type { Model } from "./model.ts";

/** The longest token in UTF-16 units: no prefix longer than this needs a look. */
const longestOf = (vocab: WordPieceSpec["vocab"]): number => {
  let longest = 0;
  for (const token of vocab.keys()) if (token.length > longest) longest = token.length;
  return longest;
};

const codePoints = (text: string): number => {
  let count = 0;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) !== 0xdc00) count++;
  return count;
};

const isInsideCharacter = (text: string, at: number): boolean =>
  (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;

/** Longest tokens first; false where some part is no token. */
const encodeLongest =
  ({ vocab, continuingSubwordPrefix }: WordPieceSpec) =>
  (longest: number) =>
  (piece: string, ids: IdBuffer, spans: IdBuffer): boolean => {
    for (let start = 0; start < piece.length;) {
      let end = Math.min(piece.length, start + longest);
      let id: number | undefined;
      for (; end > start; end--) {
        if (end < piece.length && isInsideCharacter(piece, end)) continue;
        const part = piece.slice(start, end);
        id = vocab.get(start === 0 ? part : continuingSubwordPrefix + part);
        if (id !== undefined) break;
      }
      if (id === undefined) return false;
      ids.push(id);
      spans.push(start);
      spans.push(end);
      start = end;
    }
    return true;
  };

const encoder = (spec: WordPieceSpec): SpanEncoder => {
  const longest = encodeLongest(spec)(longestOf(spec.vocab));
  return (piece, ids, spans) => {
    const [idCount, spanCount] = [ids.length, spans.length];
    if (codePoints(piece) <= spec.maxInputCharsPerWord && longest(piece, ids, spans)) return;
    ids.length = idCount;
    spans.length = spanCount;
    const unknown = spec.vocab.get(spec.unkToken);
    if (unknown === undefined) throw missingUnknown("WordPiece", spec.unkToken, piece);
    ids.push(unknown);
    spans.push(0);
    spans.push(piece.length);
  };
};

/** Prepares a WordPiece model: the longest token that begins a piece, and so on with the rest, as in BERT. */
export const wordPiece = (spec: WordPieceSpec): Model => ({
  ...lookup(spec.vocab),
  ...memoized(encoder(spec)),
  encodeBytes: undefined,
  samplePiece: undefined,
});
