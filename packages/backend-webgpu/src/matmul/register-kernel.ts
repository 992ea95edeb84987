import type { Kernel } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import type { MatmulSpec, ProductType } from "./matmul-spec.ts";
import { costOf, placeOf } from "./matmul-place.ts";
import type { RegisterVariant } from "./matmul-variant.ts";
import type { MatrixSide } from "./matrix-side.ts";
import {
  leftSide,
  lineStart,
  operandOf,
  rightSide,
  scalarSide,
  stepOffset,
} from "./matrix-side.ts";
import { accumulate, loaded, range, typeOf, zero } from "./product-code.ts";
import { finishBlock, finishOf } from "./epilogue.ts";

/** What a block of an invocation reads of one operand: `count` lines from `first` on. */
type Lines = {
  readonly side: MatrixSide;
  readonly type: ProductType;
  readonly letter: "a" | "b";
  readonly count: number;
};

/** Quads of lines can only be loaded by blocks of whole quads. */
const linesOf = (side: MatrixSide, count: number): MatrixSide =>
  side.vector && side.along === "line" && count % 4 !== 0 ? scalarSide(side) : side;

/** Lines side by side that one load brings. */
const together = ({ side }: Lines): number => (side.vector && side.along === "line" ? 4 : 1);

/** Starts of all lines; lines beyond the edge repeat the last one, so that loads stay inside. */
const starts = (lines: Lines, first: string): string =>
  range(lines.count / together(lines))
    .map((i) => {
      const step = together(lines);
      const line = `min(${first} + ${i * step}u, ${size(lines.side.lines - step)})`;
      return `let ${lines.letter}Start${i} = ${lineStart(lines.side, "batch", line)};`;
    })
    .join("\n  ");

/** Loads four steps at once, where they lie side by side. */
const loadFour = ({ side, type, letter, count }: Lines): string =>
  side.vector && side.along === "k"
    ? range(count)
        .map((i) => {
          const index = `${letter}Start${i} + ${stepOffset(side, "step")}`;
          return `let ${letter}Part${i} = ${loaded(side, type, index)};`;
        })
        .join("\n")
    : "";

/** Loads one step, where `loadFour` has not. */
const loadOne = (lines: Lines): string => {
  const { side, type, letter, count } = lines;
  if (side.vector && side.along === "k") return "";
  const index = (i: number) => `${letter}Start${i} + ${letter}Step`;
  return [
    `let ${letter}Step = ${stepOffset(side, "step")};`,
    ...range(count / together(lines)).map(
      (i) => `let ${letter}Part${i} = ${loaded(side, type, index(i))};`,
    ),
  ].join("\n");
};

/** The number of line `i` at step `u` of four. */
const at = (lines: Lines, i: number, u: number): string => {
  const { side, letter } = lines;
  if (side.vector && side.along === "k") return `${letter}Part${i}[${u}]`;
  return together(lines) === 4
    ? `${letter}Part${Math.floor(i / 4)}[${i % 4}]`
    : `${letter}Part${i}`;
};

/** Columns `4 q` to `4 q + 3` at step `u`, or one column. */
const columns = (lines: Lines, width: number, q: number, u: number): string => {
  if (width === 1) return at(lines, q, u);
  if (together(lines) === 4) return `bPart${q}`;
  const four = range(4).map((c) => at(lines, 4 * q + c, u));
  return `${typeOf(lines.type, 4)}(${four.join(", ")})`;
};

/** All products of one step. */
const products = (a: Lines, b: Lines, width: number, u: number): string => {
  const quads = range(b.count / width);
  const right = quads.map((q) => `let right${q} = ${columns(b, width, q, u)};`);
  const sums = range(a.count).flatMap((i) =>
    quads.map((q) => accumulate(a.type, width, `sum${i}_${q}`, at(a, i, u), `right${q}`)),
  );
  return [loadOne(a), loadOne(b), ...right, ...sums].join("\n");
};

/** `steps` steps of k from the u32 expression `from` on. */
const turn = (a: Lines, b: Lines, width: number, steps: number, from: string): string => {
  const grouped = [a, b].some(({ side }) => side.vector && side.along === "k");
  const group = grouped ? 4 : 1;
  return range(steps / group)
    .map((g) => {
      const inner = range(group).map((u) =>
        grouped && u > 0
          ? `{ let step = step0 + ${u}u; ${products(a, b, width, u)} }`
          : `{ ${products(a, b, width, u)} }`,
      );
      return `{ let step0 = ${from} + ${g * group}u; let step = step0;
${loadFour(a)}
${loadFour(b)}
${inner.join("\n")} }`;
    })
    .join("\n");
};

/** The loop over k, and what is left of it. */
const loop = (a: Lines, b: Lines, width: number, unroll: number): string => {
  const { k } = a.side;
  const grouped = [a, b].some(({ side }) => side.vector && side.along === "k");
  const whole = Math.floor(k / unroll);
  const rest = grouped ? 4 : 1;
  const left = (k - whole * unroll) / rest;
  return `for (var round = 0u; round < ${size(whole)}; round++) {
${turn(a, b, width, unroll, `round * ${unroll}u`)}
  }${
    left === 0
      ? ""
      : `
  for (var round = 0u; round < ${size(left)}; round++) {
${turn(a, b, width, rest, `${size(whole * unroll)} + round * ${rest}u`)}
  }`
  }`;
};

/**
 * A product in which every invocation keeps `rows` x `columns` sums in registers and loads from storage: no barriers, and
 * (rows + columns) / (rows * columns) loads for a multiplication.
 */
export const registerKernel = (spec: MatmulSpec, variant: RegisterVariant): Kernel => {
  const { m, n } = spec;
  const type = spec.type ?? "f32";
  const width = variant.columns % 4 === 0 ? 4 : 1;
  const a: Lines = {
    side: linesOf(leftSide(spec), variant.rows),
    type,
    letter: "a",
    count: variant.rows,
  };
  const b: Lines = {
    side: linesOf(rightSide(spec), variant.columns),
    type,
    letter: "b",
    count: variant.columns,
  };
  const { rows, columns: across, groupRows, groupColumns, unroll } = variant;
  const place = placeOf(spec, rows * groupRows, across * groupColumns, 1);
  const block = { rows, columns: across, width, batch: "batch" };
  const finish = finishBlock(spec, { ...block, rowAt: "row0 + i", columnAt: "column0 + j" });
  const sums = range(rows).flatMap((i) =>
    range(across / width).map((q) => `var sum${i}_${q} = ${zero(type, width)};`),
  );
  const code = `${finishOf(spec)}
@compute @workgroup_size(${groupColumns}, ${groupRows})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_id) lid: vec3<u32>) {
  ${place.code}
  let row0 = tileRow + lid.y * ${rows}u;
  let column0 = tileColumn + lid.x * ${across}u;
  if (row0 >= ${size(m)} || column0 >= ${size(n)}) { return; }
  ${starts(a, "row0")}
  ${starts(b, "column0")}
  ${sums.join(" ")}
  ${loop(a, b, width, unroll)}
  ${finish}
}`;
  const operands = [operandOf(a.side, type), operandOf(b.side, type), ...spec.operands];
  return { name: spec.name, operands, code, grid: place.grid, ...costOf(spec) };
};
