import { mergesOfScores } from "../formats/sentencepiece/merges-of-scores.ts";
import type { SentencePiece } from "../formats/sentencepiece/model.ts";
import { checkRoom } from "./check-settings.ts";
import { compareCodePoints } from "./compare-code-points.ts";
import { coveredCharacters } from "./covered-characters.ts";
import type { PieceCounts } from "./count-pieces.ts";
import type { LearnedMerges, MergeOptions } from "./learn-merges.ts";
import { MergeTraining, type Ties } from "./merge-training.ts";
import { SymbolText } from "./symbol-text.ts";
import type { TrainingProgress } from "./training-options.ts";
import { isValidPiece } from "./valid-piece.ts";

/** Settings of BPE training by SentencePiece's rules. */
export type SentencePieceMergeOptions = Pick<
  MergeOptions,
  "vocabSize" | "minFrequency" | "maxTokenLength" | "initialAlphabet"
> & { readonly characterCoverage?: number };

/** Pieces as rows of characters' numbers, cut where a character has none. */
const symbolsOf = (pieces: PieceCounts, ids: ReadonlyMap<string, number>): SymbolText => {
  const text = new SymbolText();
  let number = 0;
  for (const piece of pieces.keys()) {
    let row: number[] = [];
    for (const character of piece) {
      const id = ids.get(character);
      if (id !== undefined) row.push(id);
      else {
        text.add(number, row);
        row = [];
      }
    }
    text.add(number++, row);
  }
  return text;
};

const lengthOf = (text: string): number => Array.from(text).length;

/** Among equally frequent pairs the shorter join comes first, then the lesser by its bytes. */
const tiesOf =
  (tokens: readonly string[], lengths: readonly number[]): Ties =>
  ([a, b], [c, d]) => {
    const longer = (lengths[a] ?? 0) + (lengths[b] ?? 0) - (lengths[c] ?? 0) - (lengths[d] ?? 0);
    const joins = [`${tokens[a]}${tokens[b]}`, `${tokens[c]}${tokens[d]}`] as const;
    return longer || compareCodePoints(...joins) || a - c;
  };

/** The vocabulary in SentencePiece's order, and every pair whose join is in it as a merge. */
const learnedOf = (
  reserved: readonly string[],
  merged: readonly string[],
  characters: Iterable<string>,
): LearnedMerges => {
  const tokens = [...merged, ...characters];
  const pieces = tokens.map((piece, i): SentencePiece => ({ piece, score: -i, type: "normal" }));
  const all = [...new Set([...reserved, ...tokens])];
  return { vocab: new Map(all.map((token, id) => [token, id])), merges: mergesOfScores(pieces) };
};

/**
 * Learns merges as SentencePiece does: characters that are too rare have no token, joins are pieces of one script and at
 * most 16 characters, a join that is there already is passed over, and characters get the last ids. The original looks at
 * the 1,000 most frequent pairs alone (or 5%) and so takes others of equally frequent ones when more than that are equal.
 * Source: https://github.com/google/sentencepiece/blob/master/src/bpe_model_trainer.cc
 */
export function* learnSentencePieceMerges(
  pieces: PieceCounts,
  reserved: readonly string[],
  options: SentencePieceMergeOptions,
): Generator<TrainingProgress, LearnedMerges, void> {
  const { vocabSize = 30_000, minFrequency = 0, maxTokenLength = 17 } = options;
  const { characterCoverage = 0.9995, initialAlphabet = [] } = options;
  const covered = coveredCharacters(pieces, characterCoverage, initialAlphabet);
  const twice = reserved.filter((token) => covered.has(token)).length;
  checkRoom("trainBpe", vocabSize, covered.size - twice, reserved.length);
  const tokens = [...covered.keys()];
  const lengths = tokens.map(() => 1);
  const training = new MergeTraining(
    symbolsOf(pieces, new Map(tokens.map((token, id) => [token, id]))),
    Float64Array.from(pieces.values()),
    (a, b) => isValidPiece(`${tokens[a]}${tokens[b]}`, maxTokenLength - 1),
    tiesOf(tokens, lengths),
  );
  const known = new Set(reserved);
  const total = vocabSize - reserved.length + twice;
  while (tokens.length < total) {
    const top = training.take();
    if (top === undefined || top.weight < 1 || top.weight < minFrequency) break;
    const token = `${tokens[top.first]}${tokens[top.second]}`;
    if (known.has(token)) continue;
    known.add(token);
    lengths.push(lengthOf(token));
    training.merge(top.entry, tokens.push(token) - 1);
    yield { stage: "merge", done: tokens.length, total };
  }
  return learnedOf(reserved, tokens.slice(covered.size), covered.keys());
}
