import { size } from "../kernel/shape-marks.ts";
import type { AttentionPart } from "./attention-spec.ts";
import { each, range } from "./registers.ts";

/** Lines of a tile of scores, both ways. */
export const tile = 32;

/** Invocations of a workgroup, 8 x 8: one holds the scores of lines `down + 8 r` with lines `across + 8 j`, r and j below 4. */
export const tileGroup = 64;

/** Some lines of a part: its head and the first line, as WGSL, and how many there are at all. */
export type TileLines = {
  readonly part: AttentionPart;
  readonly head: string;
  readonly first: string;
  readonly length: number;
  /** Groups of four features. */
  readonly groups: number;
};

/** Workgroup memory: two tiles of 16 features, weights, a tile of 32 features; 13.3 KB with `rowMemory`. */
export const tileMemory = `var<workgroup> row_tile: array<vec4<f32>, 132>;
var<workgroup> column_tile: array<vec4<f32>, 132>;
var<workgroup> weight_tile: array<vec4<f32>, 256>;
var<workgroup> feature_tile: array<vec4<f32>, 256>;`;

/** Place of the invocation. */
export const tilePlace = `let down = lane / 8u; let across = lane % 8u;`;

/** The four columns of an invocation from `first` on. */
export const tileColumns = (first: string): string =>
  `vec4<u32>(${first} + across) + vec4<u32>(0u, 8u, 16u, 24u)`;

/** Stages features `g0` to `g0 + 3` of 32 lines; a column of padding keeps reads of neighbours in different banks. */
const stageLines = (memory: string, { part, head, first, length, groups }: TileLines): string =>
  `for (var i = lane; i < ${tile * 4}u; i += ${tileGroup}u) {
      let g = g0 + i % 4u;
      var x = vec4<f32>(0.0);
      if (g < ${size(groups)}) { x = load_${part}(start_${part}(b, ${head}, min(${first} + i / 4u, ${size(Math.max(0, length - 1))})), g); }
      ${memory}[(i % 4u) * 33u + i / 4u] = x;
    }`;

/** Declares `out{r}_0`: products of four rows with four columns. */
export const tileProducts = (out: string, rows: TileLines, columns: TileLines): string =>
  `${each(4, (r) => `var ${out}${r}_0 = vec4<f32>(0.0);`)}
  for (var g0 = 0u; g0 < ${size(rows.groups)}; g0 += 4u) {
    workgroupBarrier();
    ${stageLines("row_tile", rows)}
    ${stageLines("column_tile", columns)}
    workgroupBarrier();
    for (var i = 0u; i < 4u; i++) {
      ${each(4, (j) => `let column${j} = column_tile[i * 33u + across + ${8 * j}u];`)}
      ${each(
        4,
        (r) =>
          `let row${r} = row_tile[i * 33u + down + ${8 * r}u]; ${out}${r}_0 += vec4<f32>(${range(4)
            .map((j) => `dot(row${r}, column${j})`)
            .join(", ")});`,
      )}
    }
  }`;

/** Chunks of 8 groups of features, one of which each invocation adds up. */
const chunksOf = (groups: number): number => Math.ceil(groups / 8);

/** Declares sums `out{r}_{chunk}` of four rows. */
export const declareTileSums = (out: string, groups: number): string =>
  each(4, (r) => each(chunksOf(groups), (n) => `var ${out}${r}_${n} = vec4<f32>(0.0);`));

/** Multiplies the sums of row r by `factor(r)`. */
export const scaleTileSums = (out: string, groups: number, factor: (r: number) => string): string =>
  each(4, (r) => each(chunksOf(groups), (n) => `${out}${r}_${n} *= ${factor(r)};`));

/** Adds 32 columns to the sums, weighted by what `weight{r}_0` are in every invocation. */
export const addTile = (out: string, weight: string, columns: TileLines): string => {
  const { part, head, first, length, groups } = columns;
  const share = each(
    4,
    (j) =>
      `weight_tile[(across + ${8 * j}u) * 8u + down] = vec4<f32>(${range(4)
        .map((r) => `${weight}${r}_0[${j}]`)
        .join(", ")});`,
  );
  const add = (n: number): string => `workgroupBarrier();
    for (var i = lane; i < 256u; i += ${tileGroup}u) {
      let g = ${8 * n}u + i % 8u;
      var x = vec4<f32>(0.0);
      if (g < ${size(groups)}) { x = load_${part}(start_${part}(b, ${head}, min(${first} + i / 8u, ${size(Math.max(0, length - 1))})), g); }
      feature_tile[i] = x;
    }
    workgroupBarrier();
    for (var i = 0u; i < ${tile}u; i++) {
      let w = weight_tile[i * 8u + down]; let x = feature_tile[i * 8u + across];
      ${each(4, (r) => `${out}${r}_${n} += w[${r}] * x;`)}
    }`;
  return `workgroupBarrier();
    ${share}
    ${each(chunksOf(groups), add)}`;
};

/** Stores the sums of row r times `factor(r)` as line `line(r)` of a part, where it is below `length`. */
export const storeTileSums = (
  out: string,
  { part, head, length, groups }: Omit<TileLines, "first">,
  line: (r: number) => string,
  factor: (r: number) => string,
): string =>
  each(
    4,
    (r) => `if (${line(r)} < ${size(length)}) {
    let start = start_${part}(b, ${head}, ${line(r)});
    ${each(chunksOf(groups), (n) => `if (${8 * n}u + across < ${size(groups)}) { store_${part}(start, ${8 * n}u + across, ${out}${r}_${n} * ${factor(r)}); }`)}
  }`,
  );
