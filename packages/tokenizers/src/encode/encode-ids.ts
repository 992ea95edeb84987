import type { IdBuffer } from "../models/id-buffer.ts";
import type { Model } from "../models/model.ts";
import type { Step } from "../pre-tokenizers/step.ts";
import type { AlignedText } from "../text/aligned-text.ts";

/** Appends the ids of a section of normalized text. */
export type EncodeSection = (section: AlignedText, out: IdBuffer) => void;

/** Runs steps one inside the other, so that no list of pieces is ever made. */
export const runSteps = (
  steps: readonly Step[],
  at: number,
  piece: AlignedText,
  visit: (piece: AlignedText) => void,
): void => {
  const step = steps[at];
  if (step === undefined) visit(piece);
  else step(piece, (part) => runSteps(steps, at + 1, part, visit));
};

/** Piece by piece, through any steps. */
export const encodeByPieces =
  (steps: readonly Step[], model: Model): EncodeSection =>
  (section, out) =>
    runSteps(steps, 0, section, (piece) => model.encodePiece(piece.text, out));
