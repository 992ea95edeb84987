import { MatchError } from "../regex/match-error.ts";
import type { SplitBehavior } from "../spec/pattern.ts";
import { isInsidePair } from "./aligned-text.ts";
import { widthAt } from "./rewriter.ts";

/** Takes one part of a text, from `start` to before `end`, either a match of a pattern or what lies between matches. */
export type VisitPart = (start: number, end: number, isMatch: boolean) => void;

/** Cuts a text into matches of a pattern and what lies between: every unit is in one part, in order. */
export type Finder = (text: string, visit: VisitPart) => void;

/** Takes one piece, from `start` to before `end`. */
export type VisitPiece = (start: number, end: number) => void;

const execute = (regex: RegExp, text: string): RegExpExecArray | null => {
  const from = regex.lastIndex;
  try {
    return regex.exec(text);
  } catch (error) {
    throw new MatchError(regex, from, text.length, error); // exec throws nothing but that it ran out of stack
  }
};

/**
 * The parts by a global JS regular expression. An empty match right behind another match does not count, as in
 * Oniguruma's and Rust's iterators.
 */
export const regexFinder =
  (regex: RegExp): Finder =>
  (text, visit) => {
    const own = new RegExp(regex.source, regex.flags); // own lastIndex: a visitor may use the same pattern
    let previous = 0;
    let lastEnd = -1;
    own.lastIndex = 0;
    for (let match = execute(own, text); match !== null; match = execute(own, text)) {
      const start = match.index;
      const end = start + match[0].length;
      if (start === end) {
        own.lastIndex = start < text.length ? start + widthAt(text, start) : start + 1;
        // engines find empty matches between the halves of a surrogate pair, where no character begins
        if (end === lastEnd || isInsidePair(text, start)) continue;
      }
      if (previous < start) visit(previous, start, false);
      visit(start, end, true);
      previous = end;
      lastEnd = end;
    }
    if (previous < text.length) visit(previous, text.length, false);
  };

/** The parts by a literal text. */
export const literalFinder =
  (literal: string): Finder =>
  (text, visit) => {
    let previous = 0;
    if (literal !== "")
      for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, previous)) {
        if (previous < at) visit(previous, at, false);
        visit(at, at + literal.length, true);
        previous = at + literal.length;
      }
    if (previous < text.length) visit(previous, text.length, false);
  };

/** Matches and what lies between, the other way round. */
export const inverted =
  (find: Finder): Finder =>
  (text, visit) =>
    find(text, (start, end, isMatch) => visit(start, end, !isMatch));

/** Both of these keep one piece back, because what comes next may belong to it. */
const joining =
  (joins: (isMatch: boolean, wasMatch: boolean) => boolean) =>
  (find: Finder, text: string, visit: VisitPiece): void => {
    let wasMatch = false;
    let from = -1;
    let to = 0;
    find(text, (start, end, isMatch) => {
      if (!joins(isMatch, wasMatch) || from < 0) {
        if (from >= 0) visit(from, to);
        from = start;
      }
      to = end;
      wasMatch = isMatch;
    });
    if (from >= 0) visit(from, to);
  };

const mergedWithNext = (find: Finder, text: string, visit: VisitPiece): void => {
  let from = -1;
  let to = 0;
  find(text, (start, end, isMatch) => {
    if (!isMatch) {
      visit(from < 0 ? start : from, end);
      from = -1;
      return;
    }
    if (from >= 0) visit(from, to);
    from = start;
    to = end;
  });
  if (from >= 0) visit(from, to);
};

/** Pieces of a text: what becomes of the delimiters that `find` matches. */
type Cut = (find: Finder, text: string, visit: VisitPiece) => void;

const cuts: { readonly [behavior in SplitBehavior]: Cut } = {
  removed: (find, text, visit) =>
    find(text, (start, end, isMatch) => {
      if (!isMatch) visit(start, end);
    }),
  isolated: (find, text, visit) => find(text, visit),
  contiguous: joining((isMatch, wasMatch) => isMatch === wasMatch),
  mergedWithPrevious: joining((isMatch, wasMatch) => isMatch && !wasMatch),
  mergedWithNext,
};

/** Visits the pieces that are not empty. */
export const cutText = (
  find: Finder,
  behavior: SplitBehavior,
  text: string,
  visit: VisitPiece,
): void =>
  cuts[behavior](find, text, (start, end) => {
    if (start < end) visit(start, end);
  });
