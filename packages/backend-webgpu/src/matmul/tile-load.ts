import { size } from "../kernel/shape-marks.ts";
import type { ProductType } from "./matmul-spec.ts";
import type { MatrixSide } from "./matrix-side.ts";
import { lineStart, stepOffset } from "./matrix-side.ts";
import { range, typeOf } from "./product-code.ts";

/**
 * A tile of one operand in workgroup memory, as vec4 in the direction in which the operand is loaded:
 * (lines, depth / 4 + 1) along k, where the odd row length keeps lines out of each other's banks, or (depth, lines / 4).
 */
export type Tile = {
  readonly letter: "a" | "b";
  readonly side: MatrixSide;
  readonly type: ProductType;
  readonly depth: number;
  /** Invocations of the workgroup, and those along the lines. */
  readonly threads: number;
  readonly group: number;
  /** Lines of an invocation; in quads, `group` quads apart. */
  readonly count: number;
  /** Whether k is a multiple of the depth. */
  readonly whole: boolean;
};

const linesOf = ({ group, count }: Tile): number => group * count;
const rowLength = ({ depth }: Tile): number => depth / 4 + 1;
const stored = ({ side, type }: Tile): string => (side.half ? "vec4<f16>" : typeOf(type, 4));

/** Bytes of workgroup memory. */
export const tileBytes = (tile: Tile): number => {
  const { side, depth } = tile;
  const lines = linesOf(tile);
  return (
    (side.along === "k" ? lines * rowLength(tile) : (depth * lines) / 4) * (side.half ? 8 : 16)
  );
};

/** The workgroup variable of a tile. */
export const tileDeclaration = (tile: Tile): string =>
  `var<workgroup> ${tile.letter}Tile: array<${stored(tile)}, ${tileBytes(tile) / (tile.side.half ? 8 : 16)}>;`;

/** Quads of a tile. */
const slotsOf = (tile: Tile): number => (linesOf(tile) * tile.depth) / 4;

/** Quads of a tile that one invocation fetches. */
const fetches = (tile: Tile): number => Math.ceil(slotsOf(tile) / tile.threads);

/** Whether the last quad of some invocations is beyond the tile. */
const ragged = (tile: Tile): boolean => slotsOf(tile) % tile.threads !== 0;

/** WGSL: line and step of quad `slot` within the tile. */
const slotPlace = (tile: Tile): { readonly line: string; readonly step: string } => {
  const quads = tile.depth / 4;
  const across = linesOf(tile) / 4;
  return tile.side.along === "k"
    ? { line: `slot / ${quads}u`, step: `(slot % ${quads}u) * 4u` }
    : { line: `(slot % ${across}u) * 4u`, step: `slot / ${across}u` };
};

/** Four numbers one by one; lines beyond the edge repeat the last, steps beyond kTo are zero. */
const scattered = (tile: Tile): string => {
  const { side, letter } = tile;
  const scalar = side.half ? "f16" : tile.type;
  return range(4)
    .map((c) => {
      const along = side.along === "k";
      const line = `min(line${along ? "" : ` + ${c}u`}, ${size(side.lines - 1)})`;
      const step = along ? `step + ${c}u` : "step";
      const index = `${lineStart(side, "batch", line)} + ${stepOffset(side, step)}`;
      const guard = tile.whole ? "" : `if (${step} < kTo) `;
      return `var part${c} = ${scalar}(0); ${guard}{ part${c} = ${side.name}[${index}]; }`;
    })
    .concat(`${letter}Fetched = ${stored(tile)}(part0, part1, part2, part3);`)
    .join("\n");
};

/** Four numbers at once. */
const gathered = (tile: Tile): string => {
  const { side, letter } = tile;
  const last = side.along === "k" ? side.lines - 1 : side.lines - 4;
  const line = `min(line, ${size(last)})`;
  const index = `${lineStart(side, "batch", line)} + ${stepOffset(side, "step")}`;
  const load = `${letter}Fetched = ${side.name}[${index}];`;
  return tile.whole
    ? load
    : `if (step < kTo) { ${load} } else { ${letter}Fetched = ${stored(tile)}(0); }`;
};

/** Statements that fetch this invocation's quads of the tile that starts at step `from` into registers. */
export const fetchTile = (tile: Tile, mode: "var" | "set", from: string): string => {
  const { letter, side, threads } = tile;
  const first = `tile${letter === "a" ? "Row" : "Column"}`;
  const { line, step } = slotPlace(tile);
  return range(fetches(tile))
    .map((f) => {
      const load = (side.vector ? gathered(tile) : scattered(tile)).replaceAll(
        `${letter}Fetched`,
        `${letter}Fetched${f}`,
      );
      const inside =
        ragged(tile) && f === fetches(tile) - 1 ? `if (slot < ${slotsOf(tile)}u) ` : "";
      const declaration = mode === "var" ? `var ${letter}Fetched${f} = ${stored(tile)}(0);` : "";
      return `${declaration}
  { let slot = thread + ${f * threads}u; let line = ${first} + ${line}; let step = ${from} + ${step};
  ${inside}{ ${load} } }`;
    })
    .join("\n  ");
};

/** Statements that store the fetched quads into the tile. */
export const fillTile = (tile: Tile): string => {
  const { letter, depth, threads } = tile;
  const quads = depth / 4;
  return range(fetches(tile))
    .map((f) => {
      const index =
        tile.side.along === "k"
          ? `(slot / ${quads}u) * ${rowLength(tile)}u + slot % ${quads}u`
          : "slot";
      const guard = ragged(tile) && f === fetches(tile) - 1 ? `if (slot < ${slotsOf(tile)}u) ` : "";
      return `{ let slot = thread + ${f * threads}u; ${guard}{ ${letter}Tile[${index}] = ${letter}Fetched${f}; } }`;
    })
    .join("\n    ");
};

/** The invocation's place among the lines of the tile. */
const own = ({ letter }: Tile): string => (letter === "a" ? "lid.y" : "lid.x");

const read = (tile: Tile, index: string): string =>
  tile.side.half
    ? `${typeOf(tile.type, 4)}(${tile.letter}Tile[${index}])`
    : `${tile.letter}Tile[${index}]`;

/** Statements that read steps `4 quad` to `4 quad + 3` of the given quads of lines. */
export const readFour = (tile: Tile, quads: readonly number[]): string => {
  const { letter, group, side } = tile;
  const across = linesOf(tile) / 4;
  return quads
    .flatMap((q) =>
      range(4).map((c) => {
        const place = `${q * group}u + ${own(tile)}`;
        const index =
          side.along === "k"
            ? `((${place}) * 4u + ${c}u) * ${rowLength(tile)}u + quad`
            : `(quad * 4u + ${c}u) * ${across}u + ${place}`;
        return `let ${letter}Part${4 * q + c} = ${read(tile, index)};`;
      }),
    )
    .join("\n");
};

/** The number of line `i` at step `u` of four, after `readFour`. */
export const readOne = ({ letter, side }: Tile, i: number, u: number): string =>
  side.along === "k"
    ? `${letter}Part${i}[${u}]`
    : `${letter}Part${Math.floor(i / 4) * 4 + u}[${i % 4}]`;

/** Quad `q` of lines at step `u`: after `readFour` along k, else straight from the tile. */
export const tileColumns = (tile: Tile, q: number, u: number): string => {
  const { side, type, letter, group } = tile;
  if (side.along === "line") {
    const across = linesOf(tile) / 4;
    return read(tile, `(quad * 4u + ${u}u) * ${across}u + ${q * group}u + ${own(tile)}`);
  }
  const parts = range(4).map((c) => `${letter}Part${4 * q + c}[${u}]`);
  return `${typeOf(type, 4)}(${parts.join(", ")})`;
};
