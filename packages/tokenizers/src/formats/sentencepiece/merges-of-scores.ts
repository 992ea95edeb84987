import type { Merge } from "../merges.ts";
import type { SentencePiece } from "./model.ts";

type Scored = {
  readonly merge: Merge;
  readonly score: number;
  readonly ids: readonly [number, number];
};

const byScore = (a: Scored, b: Scored): number =>
  b.score - a.score || a.ids[0] - b.ids[0] || a.ids[1] - b.ids[1];

/**
 * The merges that the scores of a SentencePiece BPE stand for: every two pieces whose join is a piece, the highest score
 * first. Source: generate_merges in
 * https://github.com/huggingface/transformers/blob/main/src/transformers/convert_slow_tokenizer.py
 */
export const mergesOfScores = (pieces: readonly SentencePiece[]): readonly Merge[] => {
  const ids = new Map<string, number>();
  for (const [id, { piece, type }] of pieces.entries()) if (type === "normal") ids.set(piece, id);
  const found: Scored[] = [];
  for (const { piece, score, type } of pieces) {
    if (type !== "normal") continue;
    for (let cut = 1; cut < piece.length; cut++) {
      const first = ids.get(piece.slice(0, cut));
      const second = first === undefined ? undefined : ids.get(piece.slice(cut));
      if (first !== undefined && second !== undefined)
        found.push({ merge: [piece.slice(0, cut), piece.slice(cut)], score, ids: [first, second] });
    }
  }
  return found.sort(byScore).map(({ merge }) => merge);
};
