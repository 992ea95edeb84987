import { sliceAligned } from "../text/aligned-text.ts";
import { widthAt } from "../text/rewriter.ts";
import type { Step } from "./step.ts";

/** Cuts into pieces of `length` characters (code points). */
export const fixedLengthStep =
  (length: number): Step =>
  (piece, emit) => {
    const { text } = piece;
    let start = 0;
    let count = 0;
    for (let at = 0; at < text.length;) {
      at += widthAt(text, at);
      count += 1;
      if (count < length && at < text.length) continue;
      emit(sliceAligned(piece, start, at));
      start = at;
      count = 0;
    }
  };
