import type { Kernel, Operand } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { finishBlock, finishOf } from "./epilogue.ts";
import { costOf, placeOf } from "./matmul-place.ts";
import type { MatmulShape, MatmulSpec } from "./matmul-spec.ts";
import type { TileVariant } from "./matmul-variant.ts";
import { leftSide, operandOf, rightSide } from "./matrix-side.ts";
import { accumulate, range, zero } from "./product-code.ts";
import type { Tile } from "./tile-load.ts";
import {
  fetchTile,
  fillTile,
  readFour,
  readOne,
  tileBytes,
  tileColumns,
  tileDeclaration,
} from "./tile-load.ts";

/** How many parts of k there are: as many as asked for, but none of them empty. */
export const splitsOf = ({ k }: Pick<MatmulShape, "k">, { depth, splits }: TileVariant): number => {
  const tiles = Math.ceil(k / depth);
  return Math.ceil(tiles / Math.ceil(tiles / splits));
};

/** The operand of the partial sums, f32 (splits, batch, m, n). */
export const partialsOf = (access: "read" | "write", type: "f32" | "i32" | "u32"): Operand => ({
  name: "partials",
  element: type,
  access,
});

/** The product of a part of k, stored as it is. */
const partialSpec = (spec: MatmulSpec): MatmulSpec => ({
  ...spec,
  name: `${spec.name}_partial`,
  operands: [partialsOf("write", spec.type ?? "f32")],
  library: "",
  store: ({ batch, row, column, value }) =>
    `partials[(${batch} * ${size(spec.m)} + ${row}) * ${size(spec.n)} + ${column}] = ${value};`,
});

/** Four steps of k from a pair of tiles; the columns of B are held four at a time where they lie along k. */
const steps = (a: Tile, b: Tile, rows: number, quads: readonly number[]): string => {
  const sums = (i: number, q: number, u: number) =>
    accumulate(a.type, 4, `sum${i}_${q}`, readOne(a, i, u), `right${q}`);
  const one = (q: number, u: number) => [
    `let right${q} = ${tileColumns(b, q, u)};`,
    ...range(rows).map((i) => sums(i, q, u)),
  ];
  if (b.side.along === "k")
    return quads
      .map(
        (q) =>
          `{ ${readFour(b, [q])}\n${range(4)
            .map((u) => `{ ${one(q, u).join("\n")} }`)
            .join("\n")} }`,
      )
      .join("\n");
  return range(4)
    .map((u) => `{ ${quads.flatMap((q) => one(q, u)).join("\n")} }`)
    .join("\n");
};

/** The tiles of both operands. */
const tilesOf = (shape: MatmulShape, variant: TileVariant): readonly [Tile, Tile] => {
  const { groupRows, groupColumns, rows, columns, depth } = variant;
  const { type = "f32", k } = shape;
  const threads = groupRows * groupColumns;
  const shared = { type, depth, threads, whole: k % depth === 0 };
  return [
    { ...shared, letter: "a", side: leftSide(shape), group: groupRows, count: rows },
    { ...shared, letter: "b", side: rightSide(shape), group: groupColumns, count: columns },
  ];
};

/** Bytes of workgroup memory that a product needs. */
export const workgroupBytes = (shape: MatmulShape, variant: TileVariant): number => {
  const [a, b] = tilesOf(shape, variant);
  return tileBytes(a) + tileBytes(b);
};

/**
 * A product whose workgroups stage `depth` steps of k of both operands in workgroup memory. The next tiles are fetched into
 * registers while the current ones are multiplied. With splits, writes partial sums for `matmulReduceKernel`.
 */
export const tileKernel = (whole: MatmulSpec, variant: TileVariant): Kernel => {
  const { groupRows, groupColumns, rows, columns, depth } = variant;
  const splits = splitsOf(whole, variant);
  const spec = splits === 1 ? whole : partialSpec(whole);
  const { k } = spec;
  const type = spec.type ?? "f32";
  const [a, b] = tilesOf(spec, variant);
  const place = placeOf(spec, groupRows * rows, groupColumns * columns, splits);
  const quads = range(columns / 4);
  const perPart = Math.ceil(Math.ceil(k / depth) / splits) * depth;
  const code = `${finishOf(spec)}
${tileDeclaration(a)}
${tileDeclaration(b)}
@compute @workgroup_size(${groupColumns}, ${groupRows})
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(local_invocation_id) lid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  ${place.code}
  let kFrom = part * ${size(perPart)};
  let kTo = min(kFrom + ${size(perPart)}, ${size(k)});
  ${range(rows)
    .map((i) => quads.map((q) => `var sum${i}_${q} = ${zero(type, 4)};`).join(" "))
    .join("\n  ")}
  ${fetchTile(a, "var", "kFrom")}
  ${fetchTile(b, "var", "kFrom")}
  for (var kTile = kFrom; kTile < kTo; kTile += ${depth}u) {
    ${fillTile(a)}
    ${fillTile(b)}
    workgroupBarrier();
    let kNext = kTile + ${depth}u;
    if (kNext < kTo) {
      ${fetchTile(a, "set", "kNext")}
      ${fetchTile(b, "set", "kNext")}
    }
    for (var quad = 0u; quad < ${depth / 4}u; quad++) {
      ${readFour(a, range(rows / 4))}
      ${steps(a, b, rows, quads)}
    }
    workgroupBarrier();
  }
  ${finishBlock(spec, {
    rows,
    columns,
    width: 4,
    rowAt: `tileRow + ((i / 4u) * ${groupRows}u + lid.y) * 4u + i % 4u`,
    columnAt: `tileColumn + ((j / 4u) * ${groupColumns}u + lid.x) * 4u + j % 4u`,
    batch: splits === 1 ? "batch" : "plane",
  })}
}`;
  const operands = [operandOf(a.side, type), operandOf(b.side, type), ...spec.operands];
  return { name: spec.name, operands, code, grid: place.grid, ...costOf(spec) };
};
