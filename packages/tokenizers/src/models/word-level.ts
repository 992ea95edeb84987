import type { WordLevelSpec } from "../spec/model-spec.ts";
import { lookup } from "./lookup.ts";
import type { Model } from "./model.ts";
import { missingUnknown } from "./missing-unknown.ts";

const idIn =
  ({ vocab, unkToken }: WordLevelSpec) =>
  (piece: string): number => {
    const id = vocab.get(piece) ?? vocab.get(unkToken);
    if (id === undefined) throw missingUnknown("WordLevel", unkToken, piece);
    return id;
  };

/** Prepares a WordLevel model: each piece is one token, or unknown. */
export const wordLevel = (spec: WordLevelSpec): Model => {
  const idOf = idIn(spec);
  return {
    ...lookup(spec.vocab),
    encodePiece: (piece, out) => {
      if (piece !== "") out.push(idOf(piece));
    },
    encodePieceWithSpans: (piece, out, spans) => {
      if (piece === "") return;
      out.push(idOf(piece));
      spans.push(0);
      spans.push(piece.length);
    },
    encodeBytes: undefined,
    samplePiece: undefined,
  };
};
