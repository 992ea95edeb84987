import type { UnigramSpec } from "../spec/model-spec.ts";
import type { TokenizerSpec } from "../spec/tokenizer-spec.ts";
import { byScore } from "./by-score.ts";
import { checkedSettings, checkRoom } from "./check-settings.ts";
import { fitPieces } from "./fit-pieces.ts";
import { paced } from "./paced.ts";
import { type ByteFallbackOptions, reservedTokens } from "./reserved-tokens.ts";
import type { ScoredPiece } from "./seed-pieces.ts";
import { trainedSpec } from "./trained-spec.ts";
import type { TrainingTexts } from "./training-options.ts";
import { type StartOptions, unigramStart } from "./unigram-start.ts";
import { withUnknown } from "./with-unknown.ts";

/** Settings of `trainUnigram`. */
export type TrainUnigramOptions = StartOptions &
  ByteFallbackOptions & {
    /** Stands for unknown characters; id 0 where it is none of `specialTokens`. Without one, they cannot be encoded. */
    readonly unkToken?: string;
  };

/** How much the scores of characters that training dropped differ from one another. */
const dropStep = 0.0001;

/** All characters, then the best of the other pieces until there are `size`; by score. */
const chosenPieces = (
  fitted: readonly ScoredPiece[],
  characters: readonly string[],
  reserved: readonly string[],
  { vocabSize = 8000, rule }: TrainUnigramOptions,
): readonly ScoredPiece[] => {
  const scores = new Map(fitted.slice(1));
  let least = Infinity;
  for (const score of scores.values()) least = Math.min(least, score);
  const bySentencePiece = rule === "sentencePiece";
  const round = bySentencePiece ? Math.fround : (x: number): number => x;
  let more = 0;
  const chosen = characters.map((character): ScoredPiece => {
    const score = scores.get(character);
    if (score !== undefined) return [character, score];
    const dropped = round(least + more);
    more = round(more + round(dropStep));
    return [character, dropped];
  });
  const taken = new Set([...characters, ...reserved]);
  const others = fitted.slice(1).filter(([piece]) => !taken.has(piece));
  if (bySentencePiece) others.sort(byScore);
  const room = Math.max(0, vocabSize - reserved.length - chosen.length);
  const all = [...chosen, ...others.slice(0, room)];
  return all.toSorted(bySentencePiece ? byScore : ([, a], [, b]) => b - a);
};

/**
 * Trains a Unigram model, in which a text is cut into the most probable pieces. Texts are read once and only their pieces
 * are counted. Rejects with ArgumentError for arguments that make no sense or a vocabulary without room for all
 * characters, and with TrainingStoppedError when the signal says so.
 * Source: https://arxiv.org/abs/1804.10959; equal to Hugging Face's UnigramTrainer, or to `spm_train`.
 *
 * ```ts doctest
 * import { textTokenizer, trainUnigram } from "@adjoint/tokenizers";
 * const spec = await trainUnigram(["low lower lowest", "new newer newest"], {
 *   vocabSize: 14,
 *   unkToken: "<unk>",
 *   preTokenizer: { type: "Metaspace", replacement: "▁", prependScheme: "always", split: true },
 * });
 * const tokenizer = textTokenizer(spec);
 * tokenizer.decode(tokenizer.encode("lower newest")); // => "lower newest"
 * ```
 */
export const trainUnigram = async (
  texts: TrainingTexts,
  settings: TrainUnigramOptions = {},
): Promise<TokenizerSpec> => {
  const options = checkedSettings("trainUnigram", texts, settings);
  const { unkToken, byteFallback = false, vocabSize = 8000 } = options;
  const specials = withUnknown(options.specialTokens, unkToken);
  const reserved = reservedTokens(specials, options);
  const { texts: counts, characters: all, seeds } = await unigramStart(texts, options);
  const taken = new Set(reserved);
  const characters = all.filter((character) => !taken.has(character));
  checkRoom("trainUnigram", vocabSize, characters.length, reserved.length);
  const fitting = fitPieces([...counts], seeds(), options);
  const fitted = await paced("trainUnigram", fitting, options);
  const pieces = chosenPieces(fitted, characters, reserved, options);
  const model: UnigramSpec = {
    type: "Unigram",
    pieces: [...reserved.map((token): ScoredPiece => [token, 0]), ...pieces],
    unkId: unkToken === undefined ? undefined : specials.indexOf(unkToken),
    byteFallback,
  };
  const vocab = new Map(model.pieces.map(([piece], id) => [piece, id]));
  return trainedSpec(model, vocab, specials, options);
};
