import { compareCodePoints } from "./compare-code-points.ts";

type Scored = readonly [text: string, score: number];

/** Order from the highest score on, of equals by their code points. */
export const byScore = ([a, x]: Scored, [b, y]: Scored): number => y - x || compareCodePoints(a, b);

/** Order from the highest score on, of equals with the last by its code points first. */
export const byScoreLastFirst = ([a, x]: Scored, [b, y]: Scored): number =>
  y - x || compareCodePoints(b, a);
