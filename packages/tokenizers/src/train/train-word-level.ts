import type { TokenizerSpec } from "../spec/tokenizer-spec.ts";
import { checkedSettings } from "./check-settings.ts";
import { byScore } from "./by-score.ts";
import { countPieces } from "./count-pieces.ts";
import { TokenList } from "./token-list.ts";
import { trainedSpec } from "./trained-spec.ts";
import type { TrainingOptions, TrainingTexts } from "./training-options.ts";
import { withUnknown } from "./with-unknown.ts";

/** Settings of `trainWordLevel`. */
export type TrainWordLevelOptions = TrainingOptions & {
  /** At most so many tokens; default 30,000. */
  readonly vocabSize?: number;
  /** Pieces that come less often get no token; default 0. */
  readonly minFrequency?: number;
  /** Stands for all other pieces; default `[UNK]`. Id 0 where it is none of `specialTokens`. */
  readonly unkToken?: string;
};

/**
 * Makes a vocabulary of the most frequent whole pieces, equally frequent ones by their code points. Rejects with
 * ArgumentError for arguments that make no sense, and with TrainingStoppedError when the signal says so.
 * Source: equal to Hugging Face's WordLevelTrainer.
 *
 * ```ts doctest
 * import { trainWordLevel } from "@adjoint/tokenizers";
 * const spec = await trainWordLevel(["to be or not to be"], { preTokenizer: { type: "Whitespace" } });
 * spec.model.type === "WordLevel" && [...spec.model.vocab.keys()]; // => ["[UNK]", "be", "to", "not", "or"]
 * ```
 */
export const trainWordLevel = async (
  texts: TrainingTexts,
  settings: TrainWordLevelOptions = {},
): Promise<TokenizerSpec> => {
  const options = checkedSettings("trainWordLevel", texts, settings);
  const { vocabSize = 30_000, minFrequency = 0, unkToken = "[UNK]" } = options;
  const specials = withUnknown(options.specialTokens, unkToken);
  const counts = await countPieces("trainWordLevel", texts, options);
  const words = [...counts].filter(([, count]) => count >= minFrequency).toSorted(byScore);
  const list = new TokenList();
  for (const token of specials) list.add(token);
  for (const [word] of words) {
    if (list.tokens.length >= vocabSize) break;
    list.add(word);
  }
  const model = { type: "WordLevel", vocab: list.ids, unkToken } as const;
  return trainedSpec(model, list.ids, specials, options);
};
