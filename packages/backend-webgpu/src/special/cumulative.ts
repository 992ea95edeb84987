import { sizeOf } from "@adjoint/core/backend";
import { gridOf, type Kernel, type Operand, workgroupIndex } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { type Combiner, combineText, identityDeclarations, identityText } from "./combine.ts";
import { elementText, type Lines, linesAlong } from "./lines.ts";
import { flagOf, numberOf } from "./settings.ts";
import { nothing, type SpecialPlan, type SpecialRule, type Temporary } from "./special-plan.ts";
import { allStored, bytesOf, load, operand, roundings, store, type Stored } from "./storage.ts";

type Scan = {
  readonly name: string;
  readonly combiner: Combiner;
  readonly reverse: boolean;
  readonly lines: Lines;
  readonly x: Stored;
  readonly threads: number;
  /** So many lines occupy the device, an invocation each. */
  readonly manyLines: number;
  readonly bytes: number;
};

/** Elements in a row that an invocation adds up by itself. */
const perThread = 4;

/** Offset of the `i`-th element in the order of the scan. */
const offset = ({ reverse, lines }: Scan, i: string): string =>
  reverse ? `element(row, ${size(lines.length - 1)} - (${i}))` : `element(row, ${i})`;

const common = (s: Scan): string =>
  `${identityDeclarations}${combineText(s.combiner, s.x.value)}${roundings(s.x)}${elementText(s.lines)}`;

const parts = ({ x }: Scan): readonly Operand[] => [
  operand("in0", x.element, "read"),
  operand("out0", x.element, "write"),
];

const kernelOf = (
  s: Scan,
  name: string,
  operands: readonly Operand[],
  groups: number,
  code: string,
): Kernel => ({
  name: `${s.name}_${name}`,
  operands,
  code: `${common(s)}${code}`,
  grid: gridOf(groups),
  flops: s.lines.rows * s.lines.length,
  bytes: s.bytes,
});

const perInvocation = (s: Scan): Kernel => {
  const groups = Math.ceil(s.lines.rows / 64);
  const code = `@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let row = ${workgroupIndex(groups)} * 64u + lid;
  if (row >= ${size(s.lines.rows)}) { return; }
  var value = ${load("in0", offset(s, "0u"), s.x)};
  ${store("out0", offset(s, "0u"), "value", s.x)}
  for (var i = 1u; i < ${size(s.lines.length)}; i++) {
    let here = ${offset(s, "i")};
    value = combine(value, ${load("in0", "here", s.x)});
    ${store("out0", "here", "value", s.x)}
  }
}`;
  return kernelOf(s, "line", parts(s), groups, code);
};

/** Inclusive scan of `own` over the workgroup (Hillis and Steele), leaving the total of the earlier ones in `before`. */
const workgroupScan = ({ threads }: Scan, identity: string): string => `
    totals[lid] = own;
    workgroupBarrier();
    for (var distance = 1u; distance < ${threads}u; distance <<= 1u) {
      if (lid >= distance) { own = combine(totals[lid - distance], own); }
      workgroupBarrier();
      totals[lid] = own;
      workgroupBarrier();
    }
    var before = ${identity};
    if (lid > 0u) { before = totals[lid - 1u]; }
`;

/** A workgroup scans a block of a line, tile after tile; the blocks before it come in through `sums`. */
const scanBlock = (s: Scan, block: number): Kernel => {
  const { lines, x, threads } = s;
  const perRow = Math.ceil(lines.length / block);
  const identity = identityText(s.combiner, x.value);
  const groups = lines.rows * perRow;
  const carried = `
  for (var b = 0u; b < part; b++) { carry = combine(carry, sums[row * ${size(perRow)} + b]); }`;
  const code = `var<workgroup> totals: array<${x.value}, ${threads}>;
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let group = ${workgroupIndex(groups)};
  if (group >= ${size(groups)}) { return; }
  let row = group / ${size(perRow)};
  let part = group % ${size(perRow)};
  let start = part * ${size(block)};
  let end = min(start + ${size(block)}, ${size(lines.length)});
  var carry = ${identity};${perRow > 1 ? carried : ""}
  for (var tile = start; tile < end; tile += ${threads * perThread}u) {
    let first = tile + lid * ${perThread}u;
    var values: array<${x.value}, ${perThread}>;
    var own = ${identity};
    for (var j = 0u; j < ${perThread}u; j++) {
      if (first + j < end) {
        let value = ${load("in0", offset(s, "first + j"), x)};
        own = combine(own, value);
      }
      values[j] = own;
    }
${workgroupScan(s, identity)}
    before = combine(carry, before);
    for (var j = 0u; j < ${perThread}u; j++) {
      if (first + j < end) { ${store("out0", offset(s, "first + j"), "combine(before, values[j])", x)} }
    }
    carry = combine(carry, totals[${threads - 1}u]);
    workgroupBarrier();
  }
}`;
  const sums = perRow > 1 ? [operand("sums", x.value, "read")] : [];
  return kernelOf(s, "block", [...parts(s), ...sums], groups, code);
};

/** Each block's total. */
const sumBlock = (s: Scan, block: number): Kernel => {
  const { lines, x, threads } = s;
  const perRow = Math.ceil(lines.length / block);
  const groups = lines.rows * perRow;
  const share = block / threads;
  const identity = identityText(s.combiner, x.value);
  const code = `var<workgroup> totals: array<${x.value}, ${threads}>;
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let group = ${workgroupIndex(groups)};
  if (group >= ${size(groups)}) { return; }
  let row = group / ${size(perRow)};
  let start = group % ${size(perRow)} * ${size(block)} + lid;
  var own = ${identity};
  for (var j = 0u; j < ${size(share)}; j++) {
    let i = start + j * ${threads}u;
    if (i < ${size(lines.length)}) {
      let value = ${load("in0", offset(s, "i"), x)};
      own = combine(own, value);
    }
  }
  totals[lid] = own;
  for (var half = ${threads / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lid < half) { totals[lid] = combine(totals[lid], totals[lid + half]); }
  }
  if (lid == 0u) { sums[group] = totals[0]; }
}`;
  const operands = [operand("in0", x.element, "read"), operand("sums", x.value, "write")];
  return kernelOf(s, "totals", operands, groups, code);
};

/** Lines up to this length are one workgroup's, unless few lines would leave the device idle. */
const longLine = 8192;

const planOf = (s: Scan): SpecialPlan => {
  const { rows, length, inner } = s.lines;
  if (length <= 16 || (inner >= 32 && rows >= 2048) || rows >= s.manyLines)
    return { temporaries: [], kernels: [perInvocation(s)] };
  if (length <= longLine || rows >= 256)
    return { temporaries: [], kernels: [scanBlock(s, length)] };
  const tile = s.threads * perThread;
  const block = tile * Math.max(1, Math.ceil(length / tile / 256)); // at most 256 blocks a line
  const sums: Temporary = {
    name: "sums",
    element: s.x.value,
    count: rows * Math.ceil(length / block),
  };
  return { temporaries: [sums], kernels: [sumBlock(s, block), scanBlock(s, block)] };
};

const cumulativeRule =
  (name: string, combiner: Combiner): SpecialRule =>
  (params, [first], _outputs, profile) => {
    const [x] = first === undefined ? [] : (allStored([first], profile) ?? []);
    if (first === undefined || x === undefined) return undefined;
    if (sizeOf(first.shape) === 0) return nothing;
    return planOf({
      name,
      combiner,
      x,
      reverse: flagOf(params, "reverse"),
      lines: linesAlong(first, numberOf(params, "axis")),
      threads: profile.isSoftware ? 32 : 256,
      manyLines: profile.isSoftware ? 16 : 16_384,
      bytes: 2 * bytesOf(first),
    });
  };

/** Running sums along an axis. */
export const cumSumRule: SpecialRule = cumulativeRule("cum_sum", "add");
/** Running products along an axis. */
export const cumProdRule: SpecialRule = cumulativeRule("cum_prod", "mul");
/** Running maxima along an axis, NaN from the first one on. */
export const cumMaxRule: SpecialRule = cumulativeRule("cum_max", "max");
/** Running minima along an axis, NaN from the first one on. */
export const cumMinRule: SpecialRule = cumulativeRule("cum_min", "min");
/** Logarithms of running sums of exponentials along an axis. */
export const cumLogSumExpRule: SpecialRule = cumulativeRule("cum_log_sum_exp", "logAddExp");
