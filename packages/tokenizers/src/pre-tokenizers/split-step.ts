import type { SplitBehavior } from "../spec/pattern.ts";
import { sliceAligned } from "../text/aligned-text.ts";
import { cutText, type Finder } from "../text/matches.ts";
import type { Step } from "./step.ts";

/** Cuts pieces at what `find` finds. */
export const splitStep =
  (find: Finder, behavior: SplitBehavior): Step =>
  (piece, emit) =>
    cutText(find, behavior, piece.text, (start, end) => emit(sliceAligned(piece, start, end)));
