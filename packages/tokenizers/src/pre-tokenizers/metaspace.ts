import type { PrependScheme } from "../spec/pre-tokenizer-spec.ts";
import { literalFinder } from "../text/matches.ts";
import { prepended } from "../text/prepended.ts";
import { literalReplaced } from "../text/replaced.ts";
import { splitStep } from "./split-step.ts";
import type { Step } from "./step.ts";

/** Spaces become `replacement`, one is put in front where the scheme says so, and pieces begin at each. */
export const metaspaceStep = (
  replacement: string,
  prependScheme: PrependScheme,
  split: boolean,
): Step => {
  const cut = splitStep(literalFinder(replacement), "mergedWithNext");
  return (piece, emit) => {
    const marked = literalReplaced(piece, " ", replacement);
    const isWanted =
      prependScheme === "always" || (prependScheme === "first" && piece.origin === 0);
    const whole =
      isWanted && !marked.text.startsWith(replacement) ? prepended(marked, replacement) : marked;
    if (split) cut(whole, emit);
    else emit(whole);
  };
};
