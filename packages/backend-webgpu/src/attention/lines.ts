import { gridOf, type Grid, workgroupIndex } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import type { AttentionPart, AttentionSpec, AttentionDevice } from "./attention-spec.ts";
import { each, eachPair, range } from "./registers.ts";

/**
 * How an invocation works without workgroup memory: it holds scores of `rows` lines with `columns` (a multiple of 4) others
 * at a time. With `pass`, four invocations side by side load a quarter each of what all need and pass it on.
 */
export type LinesVariant = {
  readonly rows: number;
  readonly columns: number;
  readonly pass: boolean;
};

/** Invocations of a workgroup: those that pass numbers on to each other. */
export const lanes = 4;

/**
 * The variant for a device. A software adapter gathers every number it loads lane by lane, at the price of some twenty
 * multiplications, so loads are shared and used for many products.
 */
export const linesVariant = ({ subgroups }: AttentionDevice): LinesVariant => ({
  rows: 2,
  columns: 8,
  pass: subgroups,
});

/** Where a workgroup works: `block` of `count` in head `head` of `heads`, batch `b`; all its invocations together. */
export const placeOf = (
  { batch }: AttentionSpec,
  heads: number,
  count: number,
): { readonly code: string; readonly grid: Grid } => {
  const total = batch * heads * count;
  return {
    code: `let place = ${workgroupIndex(total)};
  if (place >= ${size(total)}) { return; }
  let b = place / ${size(heads * count)};
  let head = (place / ${size(count)}) % ${size(heads)};
  let block = place % ${size(count)};`,
    grid: gridOf(total),
  };
};

/** The head of `main`; `lane` is the place among the invocations of the workgroup. */
export const mainOf = (group: number): string => `@compute @workgroup_size(${group})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lane: u32)`;

const parts = ({ columns, pass }: LinesVariant): number => (pass ? columns / 4 : columns);

/** Declares where the lines `column`, `column + 1`, ... of a part begin; beyond `length` the last one is repeated. */
export const columnStarts = (
  part: AttentionPart,
  head: string,
  column: string,
  length: number,
  variant: LinesVariant,
): string =>
  each(parts(variant), (i) => {
    const own = variant.pass ? `${4 * i}u + lane` : `${i}u`;
    return `let ${part}Start${i} = start_${part}(b, ${head}, min(${column} + ${own}, ${size(Math.max(0, length - 1))}));`;
  });

/** Loads group `g` of every column of a part; `columnAt` names them. */
const loadColumns = (part: AttentionPart, variant: LinesVariant): string =>
  each(parts(variant), (i) =>
    variant.pass
      ? `let ${part}Quad${i} = load_${part}(${part}Start${i}, g);
${each(4, (j) => `let ${part}${4 * i + j} = subgroupBroadcast(${part}Quad${i}, ${j}u);`)}`
      : `let ${part}${i} = load_${part}(${part}Start${i}, g);`,
  );

/** Declares `out{r}_{c}`: products of the rows of one part (from `{part}Row{r}` on) with four columns of another. */
export const productsOf = (
  out: string,
  row: AttentionPart,
  column: AttentionPart,
  groups: number,
  variant: LinesVariant,
): string => `${eachPair(variant.rows, variant.columns / 4, (r, c) => `var ${out}${r}_${c} = vec4<f32>(0.0);`)}
  for (var g = 0u; g < ${size(groups)}; g++) {
    ${loadColumns(column, variant)}
    ${each(
      variant.rows,
      (r) => `let own${r} = load_${row}(${row}Row${r}, g);
${each(
  variant.columns / 4,
  (c) =>
    `${out}${r}_${c} += vec4<f32>(${range(4)
      .map((j) => `dot(own${r}, ${column}${4 * c + j})`)
      .join(", ")});`,
)}`,
    )}
  }`;

/** Declares the sums `out{r}` of a row: an array of vectors. */
export const declareSums = (out: string, rows: number, groups: number): string =>
  each(rows, (r) => `var ${out}${r}: array<vec4<f32>, ${groups}>;`);

/** Adds columns of a part to sums, weighted by `weight{r}_{c}`; the sums before are multiplied by `factor`. */
export const addColumns = (
  out: string,
  weight: string,
  column: AttentionPart,
  groups: number,
  variant: LinesVariant,
  factor?: (r: number) => string,
): string => `for (var g = 0u; g < ${size(groups)}; g++) {
    ${loadColumns(column, variant)}
    ${each(variant.rows, (r) => {
      const terms = range(variant.columns).map(
        (j) => `${weight}${r}_${Math.floor(j / 4)}[${j % 4}] * ${column}${j}`,
      );
      const before = factor === undefined ? "" : ` * ${factor(r)}`;
      return `${out}${r}[g] = ${out}${r}[g]${before} + (${terms.join(" + ")});`;
    })}
  }`;
