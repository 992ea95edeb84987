import type { Kernel } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { finishBlock, finishOf } from "./epilogue.ts";
import { costOf, placeOf } from "./matmul-place.ts";
import type { MatmulSpec } from "./matmul-spec.ts";
import type { RegisterVariant } from "./matmul-variant.ts";
import { leftSide, operandOf, rightSide } from "./matrix-side.ts";
import { accumulate, range, zero } from "./product-code.ts";
import type { Lines } from "./register-lines.ts";
import {
  acrossLines,
  alongSteps,
  lineAt,
  linesOf,
  lineStarts,
  loadFour,
  loadOne,
  needsFour,
  quadAt,
} from "./register-lines.ts";

/** Rows of A, columns of B, and the number of columns in one variable. */
type Pair = { readonly a: Lines; readonly b: Lines; readonly width: 1 | 4 };

/** All products of one step. */
const products = ({ a, b, width }: Pair, u: number): string => {
  const across = range(b.count / width);
  const right = across.map(
    (q) => `let right${q} = ${width === 4 ? quadAt(b, q, u) : lineAt(b, q, u)};`,
  );
  const sums = range(a.count).flatMap((i) => [
    `let left${i} = ${lineAt(a, i, u)};`,
    ...across.map((q) => accumulate(a.type, width, `sum${i}_${q}`, `left${i}`, `right${q}`)),
  ]);
  return [loadOne(a), loadOne(b), ...right, ...sums].join("\n");
};

/** `group` steps of k (1 or 4) from the u32 expression `from` on. */
const turn = (pair: Pair, group: number, from: string): string => {
  const steps = range(group).map((u) => `{ let step = step0 + ${u}u;\n${products(pair, u)} }`);
  return `{ let step0 = ${from};
${loadFour(pair.a)}
${loadFour(pair.b)}
${steps.join("\n")} }`;
};

/** The loop over k, and what is left of it: k is a multiple of 4 where loads go along it. */
const loop = (pair: Pair, unroll: number): string => {
  const { a, b } = pair;
  const { k } = a.side;
  const group = needsFour(a) || needsFour(b) ? 4 : 1;
  const whole = Math.floor(k / unroll);
  const rest = alongSteps(a) || alongSteps(b) ? 4 : 1;
  const left = (k - whole * unroll) / rest;
  const alone = { ...pair, a: { ...a, passed: a.passed && !(rest === 1 && acrossLines(a)) } };
  const turns = range(unroll / group).map((g) =>
    turn(pair, group, `round * ${unroll}u + ${g * group}u`),
  );
  const main = `let rounds = ${size(whole)};
  for (var round = 0u; round < rounds; round++) {
${turns.join("\n")}
  }`;
  if (left === 0) return main;
  return `${main}
  for (var round = 0u; round < ${size(left)}; round++) {
${turn(alone, rest, `${size(whole * unroll)} + round * ${rest}u`)}
  }`;
};

const pairOf = (spec: MatmulSpec, { rows, columns, pass, unroll }: RegisterVariant): Pair => {
  const type = spec.type ?? "f32";
  return {
    a: linesOf(leftSide(spec), unroll, { type, letter: "a", count: rows, passed: pass }),
    b: linesOf(rightSide(spec), unroll, { type, letter: "b", count: columns, passed: false }),
    width: columns % 4 === 0 ? 4 : 1,
  };
};

/**
 * A product in which every invocation keeps `rows` x `columns` sums in registers and loads from storage: no barriers, and
 * (rows + columns) / (rows * columns) loads for a multiplication; with `pass`, a quarter of the rows.
 */
export const registerKernel = (spec: MatmulSpec, variant: RegisterVariant): Kernel => {
  const { rows, columns, groupRows, groupColumns, unroll, pass } = variant;
  const type = spec.type ?? "f32";
  const pair = pairOf(spec, variant);
  const { a, b, width } = pair;
  const place = placeOf(spec, rows * groupRows, columns * groupColumns, 1);
  const block = {
    rows,
    columns,
    width,
    batch: "batch",
    rowAt: "row0 + i",
    columnAt: "column0 + j",
  };
  const sums = range(rows).flatMap((i) =>
    range(columns / width).map((q) => `var sum${i}_${q} = ${zero(type, width)};`),
  );
  // Invocations that pass numbers on must all stay.
  const leave = `if (row0 >= ${size(spec.m)} || column0 >= ${size(spec.n)}) { return; }`;
  const code = `${finishOf(spec)}
@compute @workgroup_size(${groupColumns}, ${groupRows})
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(local_invocation_id) lid: vec3<u32>,
  ${pass ? "@builtin(subgroup_invocation_id) lane: u32," : ""}
) {
  ${place.code}
  let row0 = tileRow + lid.y * ${rows}u;
  let column0 = tileColumn + lid.x * ${columns}u;
  ${pass ? "" : leave}
  ${lineStarts(a, "row0")}
  ${lineStarts(b, "column0")}
  ${sums.join(" ")}
  ${loop(pair, unroll)}
  ${finishBlock(spec, block)}
}`;
  const operands = [operandOf(a.side, type), operandOf(b.side, type), ...spec.operands];
  return { name: spec.name, operands, code, grid: place.grid, ...costOf(spec) };
};
