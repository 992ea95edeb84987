import { normalizerOf } from "../normalizers/normalizer.ts";
import { preTokenizerSteps } from "../pre-tokenizers/pre-tokenizer.ts";
import type { EmitPiece, Step } from "../pre-tokenizers/step.ts";
import { alignedText } from "../text/aligned-text.ts";
import type { TrainingOptions } from "./training-options.ts";

const chain = (steps: readonly Step[], last: EmitPiece): EmitPiece =>
  steps.reduceRight<EmitPiece>(
    (emit, step) => (piece) => {
      if (piece.text !== "") step(piece, emit);
    },
    (piece) => {
      if (piece.text !== "") last(piece);
    },
  );

/** A function that normalizes a text, cuts it, and gives its pieces in turn to `take`. */
export const pieceCutter = (
  { normalizer, preTokenizer }: TrainingOptions,
  take: (piece: string) => void,
): ((text: string) => void) => {
  const normalize = normalizerOf(normalizer);
  const cut = chain(preTokenizerSteps(preTokenizer), ({ text }) => {
    take(text);
  });
  return (text) => {
    cut(normalize(alignedText(text, false)));
  };
};
