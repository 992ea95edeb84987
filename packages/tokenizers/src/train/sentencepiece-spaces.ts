import type { TrainingOptions } from "./training-options.ts";

/**
 * What SentencePiece does with spaces, for training by its rule: several become one, those at the ends go, one comes
 * before the text, all are written `▁`, and tokens begin at them. That is `spm_train` with
 * `--normalization_rule_name=identity`; other rules are a `Precompiled` step before these. Unlike there, a text that begins
 * with `▁` gets no second one.
 *
 * ```ts doctest
 * import { sentencePieceSpaces, trainBpe } from "@adjoint/tokenizers";
 * const spec = await trainBpe(["low  low lower"], {
 *   ...sentencePieceSpaces,
 *   rule: "sentencePiece",
 *   vocabSize: 10,
 * });
 * spec.model.type === "BPE" && [...spec.model.vocab.keys()];
 * // => ["lo", "low", "▁low", "er", "l", "o", "w", "▁", "e", "r"]
 * ```
 */
export const sentencePieceSpaces: Required<Pick<TrainingOptions, "normalizer" | "preTokenizer">> = {
  normalizer: {
    type: "Sequence",
    normalizers: [
      { type: "Replace", pattern: { regex: " {2,}" }, content: " " },
      {
        type: "Replace",
        pattern: { regex: String.raw`(?<![\s\S]) | (?![\s\S])` },
        content: "",
      },
    ],
  },
  preTokenizer: { type: "Metaspace", replacement: "▁", prependScheme: "always", split: true },
};
