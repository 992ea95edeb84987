import { ArgumentError } from "@adjoint/core";
import type { UnigramSpec } from "../spec/model-spec.ts";
import type { TokenizerSpec } from "../spec/tokenizer-spec.ts";
import { checkSettings } from "./check-settings.ts";
import { countPieces, type PieceCounts } from "./count-pieces.ts";
import { fitPieces, type FitOptions } from "./fit-pieces.ts";
import { paced } from "./paced.ts";
import type { ScoredPiece } from "./seed-pieces.ts";
import { trainedSpec } from "./trained-spec.ts";
import { withUnknown } from "./with-unknown.ts";
import type { TrainingOptions, TrainingTexts } from "./training-options.ts";

/** Settings of `trainUnigram`. */
export type TrainUnigramOptions = TrainingOptions &
  FitOptions & {
    /** Characters that get a token whether they are in the texts or not. */
    readonly initialAlphabet?: Iterable<string>;
    /** Stands for unknown characters; id 0 where it is none of `specialTokens`. Without one, they cannot be encoded. */
    readonly unkToken?: string;
  };

/** How much the scores of characters that training dropped differ from one another. */
const dropStep = 0.0001;

const requiredCharacters = (
  counts: PieceCounts,
  initialAlphabet: Iterable<string>,
): readonly string[] => {
  const characters = new Set(initialAlphabet);
  for (const piece of counts.keys()) for (const character of piece) characters.add(character);
  return [...characters].toSorted((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
};

/** All characters, then the best of the other pieces until there are `size`; by score. */
const chosenPieces = (
  fitted: readonly ScoredPiece[],
  characters: readonly string[],
  size: number,
): readonly ScoredPiece[] => {
  const scores = new Map(fitted.slice(1));
  let least = Infinity;
  for (const score of scores.values()) least = Math.min(least, score);
  let dropped = 0;
  const chosen = characters.map((character): ScoredPiece => {
    const score = scores.get(character);
    return [character, score ?? least + dropStep * dropped++];
  });
  const taken = new Set(characters);
  for (const piece of fitted.slice(1)) {
    if (chosen.length >= size) break;
    if (!taken.has(piece[0])) chosen.push(piece);
  }
  return chosen.toSorted(([, a], [, b]) => b - a);
};

const checkOptions = (options: TrainUnigramOptions): void => {
  checkSettings("trainUnigram", [
    ["vocabSize", options.vocabSize, 1],
    ["nSubIterations", options.nSubIterations, 1],
    ["maxPieceLength", options.maxPieceLength, 1],
    ["seedSize", options.seedSize, 1],
  ]);
  const { shrinkingFactor = 0.75 } = options;
  if (shrinkingFactor > 0 && shrinkingFactor < 1) return;
  throw new ArgumentError({
    operation: "trainUnigram",
    rule: "shrinkingFactor must be above 0 and below 1",
    got: String(shrinkingFactor),
  });
};

const modelOf = (
  fitted: readonly ScoredPiece[],
  characters: readonly string[],
  specials: readonly string[],
  { vocabSize = 8000, unkToken }: TrainUnigramOptions,
): UnigramSpec => {
  const pieces = chosenPieces(fitted, characters, vocabSize - specials.length);
  return {
    type: "Unigram",
    pieces: [...specials.map((token): ScoredPiece => [token, 0]), ...pieces],
    unkId: unkToken === undefined ? undefined : specials.indexOf(unkToken),
    byteFallback: false,
  };
};

/**
 * Trains a Unigram model, in which a text is cut into the most probable pieces. Texts are read once and only their pieces
 * are counted. Throws ArgumentError where the vocabulary is too small for all characters; rejects with
 * TrainingStoppedError when the signal says so.
 * Source: https://arxiv.org/abs/1804.10959; equal to Hugging Face's UnigramTrainer.
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
  options: TrainUnigramOptions = {},
): Promise<TokenizerSpec> => {
  const { vocabSize = 8000, initialAlphabet = [] } = options;
  const specials = withUnknown(options.specialTokens, options.unkToken);
  checkOptions(options);
  const counts = await countPieces("trainUnigram", texts, options);
  const characters = requiredCharacters(counts, initialAlphabet);
  if (characters.length + specials.length >= vocabSize)
    throw new ArgumentError({
      operation: "trainUnigram",
      rule: "the vocabulary must have room for all characters and special tokens",
      got: `vocabSize ${vocabSize}, ${characters.length} characters, ${specials.length} special tokens`,
    });
  const fitted = await paced("trainUnigram", fitPieces(counts, options), options);
  const model = modelOf(fitted, characters, specials, options);
  const vocab = new Map(model.pieces.map(([piece], id) => [piece, id]));
  return trainedSpec(model, vocab, specials, options);
};
