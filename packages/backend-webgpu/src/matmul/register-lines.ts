import { size } from "../kernel/shape-marks.ts";
import type { ProductType } from "./matmul-spec.ts";
import type { MatrixSide } from "./matrix-side.ts";
import { lineStart, scalarSide, stepOffset, stepStride } from "./matrix-side.ts";
import { loaded, range, typeOf } from "./product-code.ts";

/**
 * What an invocation reads of one operand: `count` lines, as WGSL variables that begin with `letter`. With `passed`, which
 * needs whole quads of lines, each of four neighbouring invocations loads a quarter of what all four need, and they pass it on.
 */
export type Lines = {
  readonly side: MatrixSide;
  readonly type: ProductType;
  readonly letter: "a" | "b";
  readonly count: number;
  readonly passed: boolean;
};

/** Whether one load brings four steps of a line. */
export const alongSteps = ({ side }: Lines): boolean => side.vector && side.along === "k";

/** Whether one load brings four lines at one step. */
export const acrossLines = ({ side }: Lines): boolean => side.vector && side.along === "line";

/** Whether four steps are loaded before the first of them is used. */
export const needsFour = (lines: Lines): boolean =>
  alongSteps(lines) || (lines.passed && acrossLines(lines));

/**
 * Lines for a block. Quads of lines can only be loaded by blocks of whole quads, quads of steps by loops that take four at a
 * time; else numbers are loaded one by one.
 */
export const linesOf = (side: MatrixSide, unroll: number, rest: Omit<Lines, "side">): Lines => {
  const lines = { ...rest, side };
  const whole = needsFour(lines) ? unroll % 4 === 0 : true;
  const vector = whole && (side.along === "k" || rest.count % 4 === 0);
  return { ...lines, side: vector ? side : scalarSide(side) };
};

/** Whether an invocation loads one line of each quad, and gets the others. */
const ownsLine = (lines: Lines): boolean => lines.passed && !acrossLines(lines);

/** Loads for one turn. */
const parts = (lines: Lines): number => lines.count / (acrossLines(lines) || lines.passed ? 4 : 1);

const starts = (lines: Lines, first: string): readonly string[] =>
  range(parts(lines)).map((i) => {
    const last = size(lines.side.lines - (acrossLines(lines) ? 4 : 1));
    const apart = lines.count / parts(lines);
    const own = ownsLine(lines) ? " + lane" : "";
    const line = `min(${first} + ${i * apart}u${own}, ${last})`;
    return `let ${lines.letter}Start${i} = ${lineStart(lines.side, "batch", line)};`;
  });

/**
 * Where the lines begin, and how far steps are apart; lines beyond the edge repeat the last one, so that loads stay inside.
 * What comes from shapes is read here, not in the loop: it may be a load.
 */
export const lineStarts = (lines: Lines, first: string): string =>
  [`let ${lines.letter}Apart = ${stepStride(lines.side)};`, ...starts(lines, first)].join("\n  ");

const loads = (lines: Lines, step: string): string => {
  const { side, type, letter } = lines;
  return [
    `let ${letter}Step = ${stepOffset(side, step, `${letter}Apart`)};`,
    ...range(parts(lines)).map(
      (i) => `let ${letter}Part${i} = ${loaded(side, type, `${letter}Start${i} + ${letter}Step`)};`,
    ),
  ].join("\n");
};

/** Loads the four steps from `step0` on, where `needsFour` says so. */
export const loadFour = (lines: Lines): string => {
  if (!needsFour(lines)) return "";
  return loads(lines, alongSteps(lines) ? "step0" : "step0 + lane");
};

/** Loads the step `step`, where `loadFour` has not. */
export const loadOne = (lines: Lines): string => (needsFour(lines) ? "" : loads(lines, "step"));

/** The number of line `i` at step `u` of four. */
export const lineAt = (lines: Lines, i: number, u: number): string => {
  const { letter, passed } = lines;
  const quad = `${letter}Part${Math.floor(i / 4)}`;
  if (acrossLines(lines))
    return passed ? `subgroupBroadcast(${quad}[${i % 4}], ${u}u)` : `${quad}[${i % 4}]`;
  const part = `${passed ? quad : `${letter}Part${i}`}${alongSteps(lines) ? `[${u}]` : ""}`;
  return passed ? `subgroupBroadcast(${part}, ${i % 4}u)` : part;
};

/** Lines `4 q` to `4 q + 3` at step `u`. */
export const quadAt = (lines: Lines, q: number, u: number): string => {
  if (acrossLines(lines) && !lines.passed) return `${lines.letter}Part${q}`;
  const four = range(4).map((c) => lineAt(lines, 4 * q + c, u));
  return `${typeOf(lines.type, 4)}(${four.join(", ")})`;
};
