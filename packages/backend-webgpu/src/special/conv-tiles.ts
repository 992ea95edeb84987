import { gridOf, type Kernel, workgroupIndex } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { type Convolution, offsetText, startText } from "./conv-places.ts";
import type { SpecialPlan } from "./special-plan.ts";
import { load, operand, powerOfTwo, roundings, store } from "./storage.ts";

/** Places and terms of a tile. */
const places = 64;
const terms = 16;

/** A group's convolution as the product of its kernels (rows x depth) and of what lies under them (depth x columns). */
type Product = {
  readonly kernels: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly tileRows: number;
  readonly rowTiles: number;
  readonly columnTiles: number;
  /** The depth is cut into parts, summed afterwards, where the result alone has too few tiles for a GPU. */
  readonly parts: number;
  readonly partDepth: number;
};

const productOf = (c: Convolution): Product => {
  const kernels = Math.max(c.groups, c.batchGroups);
  const rows = c.features / kernels;
  const columns = c.examples * c.places;
  const depth = c.perGroup * c.taps;
  const tileRows = Math.min(64, Math.max(16, powerOfTwo(rows)));
  const [rowTiles, columnTiles] = [Math.ceil(rows / tileRows), Math.ceil(columns / places)];
  const tiles = kernels * rowTiles * columnTiles;
  const wanted = tiles >= 64 ? 1 : Math.min(Math.ceil(depth / 256), Math.ceil(128 / tiles));
  const partDepth = Math.ceil(depth / wanted / terms) * terms;
  const parts = Math.ceil(depth / partDepth);
  return { kernels, rows, columns, depth, tileRows, rowTiles, columnTiles, parts, partDepth };
};

/** Fills the tiles: `kernel_tile` term by term (one padding row against bank conflicts), `input_tile` likewise. */
const fill = (c: Convolution, p: Product, threads: number): string => `
    for (var e = lid; e < ${p.tileRows * terms}u; e += ${threads}u) {
      let m = e / ${terms}u;
      let k = depth + e % ${terms}u;
      var value = 0.0;
      if (row + m < ${size(p.rows)} && k < end) {
        value = ${load("in1", `(kernel * ${size(p.rows)} + row + m) * ${size(p.depth)} + k`, c.x)};
      }
      kernel_tile[e % ${terms}u * ${p.tileRows + 1}u + m] = value;
    }
    for (var e = lid; e < ${places * terms}u; e += ${threads}u) {
      let k = depth + e / ${places}u;
      var value = 0.0;
      if (exists && k < end) {
        let offset = offset_of(starts, k % ${size(c.taps)});
        if (offset >= 0) { value = ${load("in0", `base + k / ${size(c.taps)} * ${size(c.plane)} + u32(offset)`, c.x)}; }
      }
      input_tile[e] = value;
    }`;

const fours = (text: (j: number) => string): string => [0, 1, 2, 3].map(text).join("\n");

const multiply = (p: Product): string => `
    for (var k = 0u; k < ${terms}u; k++) {
      let a = k * ${p.tileRows + 1}u + lid / 16u * 4u;
      let b = k * ${places}u + lid % 16u;
      let x = vec4<f32>(input_tile[b], input_tile[b + 16u], input_tile[b + 32u], input_tile[b + 48u]);
${fours((j) => `      sum${j} += kernel_tile[a + ${j}u] * x;`)}
    }`;

const write = (c: Convolution, p: Product): string => {
  const element = `(n * ${size(c.features)} + kernel * ${size(p.rows)} + m) * ${size(c.places)} + place`;
  const to =
    p.parts === 1
      ? store("out0", element, "sum[j]", c.x)
      : `partial[part * ${size(p.columns * c.features)} + ${element}] = sum[j];`;
  return `  for (var i = 0u; i < 4u; i++) {
    let m = row + lid / 16u * 4u + i;
    if (m >= ${size(p.rows)}) { break; }
    var sum = sum0;
    if (i == 1u) { sum = sum1; }
    if (i == 2u) { sum = sum2; }
    if (i == 3u) { sum = sum3; }
    for (var j = 0u; j < 4u; j++) {
      let own = first + lid % 16u + j * 16u;
      if (own >= ${size(p.columns)}) { break; }
      let n = own / ${size(c.places)};
      let place = own % ${size(c.places)};
      ${to}
    }
  }`;
};

const tileKernel = (c: Convolution, p: Product): Kernel => {
  const threads = p.tileRows * 4;
  const groups = p.parts * p.kernels * p.rowTiles * p.columnTiles;
  const example = c.batchGroups > 1 ? `kernel * ${size(c.examples)} + ` : "";
  const channel = c.groups > 1 ? ` + kernel * ${size(c.perGroup)}` : "";
  const code = `${roundings(c.x)}${startText(c)}${offsetText(c)}
var<workgroup> kernel_tile: array<f32, ${terms * (p.tileRows + 1)}>;
var<workgroup> input_tile: array<f32, ${terms * places}>;
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let group = ${workgroupIndex(groups)};
  if (group >= ${size(groups)}) { return; }
  let first = group % ${size(p.columnTiles)} * ${places}u;
  let row = group / ${size(p.columnTiles)} % ${size(p.rowTiles)} * ${p.tileRows}u;
  let kernel = group / ${size(p.columnTiles * p.rowTiles)} % ${size(p.kernels)};
  let part = group / ${size(p.columnTiles * p.rowTiles * p.kernels)};
  let column = first + lid % ${places}u;
  let exists = column < ${size(p.columns)};
  let starts = start_of(column % ${size(c.places)});
  let base = ((${example}column / ${size(c.places)}) * ${size(c.channels)}${channel}) * ${size(c.plane)};
  let end = min((part + 1u) * ${size(p.partDepth)}, ${size(p.depth)});
${fours((j) => `  var sum${j} = vec4<f32>();`)}
  for (var depth = part * ${size(p.partDepth)}; depth < end; depth += ${terms}u) {
${fill(c, p, threads)}
    workgroupBarrier();
${multiply(p)}
    workgroupBarrier();
  }
${write(c, p)}
}`;
  const target =
    p.parts === 1 ? operand("out0", c.x.element, "write") : operand("partial", "f32", "write");
  return {
    name: "conv_tiles",
    operands: [operand("in0", c.x.element, "read"), operand("in1", c.x.element, "read"), target],
    code,
    grid: gridOf(groups),
    flops: 2 * p.kernels * p.rows * p.columns * p.depth,
    bytes:
      4 *
      (c.examples * c.batchGroups * c.channels * c.plane +
        c.features * (p.depth + p.columns * p.parts)),
  };
};

const sumParts = (c: Convolution, { parts, columns }: Product): Kernel => {
  const count = columns * c.features;
  const groups = Math.ceil(count / 64);
  return {
    name: "conv_parts",
    operands: [operand("partial", "f32", "read"), operand("out0", c.x.element, "write")],
    code: `${roundings(c.x)}@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let id = ${workgroupIndex(groups)} * 64u + lid;
  if (id >= ${size(count)}) { return; }
  var sum = 0.0;
  for (var part = 0u; part < ${size(parts)}; part++) { sum += partial[part * ${size(count)} + id]; }
  ${store("out0", "id", "sum", c.x)}
}`,
    grid: gridOf(groups),
    flops: count * parts,
    bytes: count * (parts + 1) * 4,
  };
};

/** Convolution as a product of matrices, the second of which exists in workgroup memory alone, tile by tile. */
export const convTiles = (c: Convolution): SpecialPlan => {
  const p = productOf(c);
  const kernel = tileKernel(c, p);
  if (p.parts === 1) return { temporaries: [], kernels: [kernel] };
  const count = p.parts * p.columns * c.features;
  return {
    temporaries: [{ name: "partial", element: "f32", count }],
    kernels: [kernel, sumParts(c, p)],
  };
};
