import { codeAt, widthOf } from "./character-test.ts";
import type { Finder } from "./matches.ts";

/** Kinds of characters: those of "run" go together with their like, "single" ones stand alone, "gap" is between matches. */
export type CharacterKind = "gap" | "single" | "run" | "otherRun";

/** Matches are runs of characters of one kind, or single characters. */
export const runFinder =
  (kindOf: (code: number) => CharacterKind): Finder =>
  (text, visit) => {
    let start = 0;
    let kind: CharacterKind = "gap";
    for (let at = 0; at < text.length;) {
      const code = codeAt(text, at);
      const next = kindOf(code);
      if ((next !== kind || next === "single") && at > start) {
        visit(start, at, kind !== "gap");
        start = at;
      }
      kind = next;
      at += widthOf(code);
    }
    if (start < text.length) visit(start, text.length, kind !== "gap");
  };
