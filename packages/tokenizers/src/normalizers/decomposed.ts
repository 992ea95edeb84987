import { compareCombining, isCombining } from "./combining-order.ts";

/** A character, and what it does: 1 is new, 0 takes the place of one, -n of 1 + n. */
export type Change = readonly [character: string, change: number];

const sortMarks = (marks: readonly Change[]): readonly Change[] =>
  marks.length < 2 ? marks : [...marks].sort(([a], [b]) => compareCombining(a, b));

/** Decomposes character by character, then sorts runs of combining marks. */
export const decomposed = (text: string, form: "NFD" | "NFKD"): readonly Change[] => {
  const changes: Change[] = [];
  let marks: Change[] = [];
  const flush = (): void => {
    for (const mark of sortMarks(marks)) changes.push(mark);
    marks = [];
  };
  for (const character of text) {
    let change = 0;
    for (const part of character.normalize(form)) {
      if (isCombining(part)) marks.push([part, change]);
      else {
        flush();
        changes.push([part, change]);
      }
      change = 1;
    }
  }
  flush();
  return changes;
};
