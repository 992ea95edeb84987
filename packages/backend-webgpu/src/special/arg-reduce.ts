import { sizeOf } from "@adjoint/core/backend";
import { gridOf, type Kernel, workgroupIndex } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { elementText, type Lines, linesAlong } from "./lines.ts";
import { orderKeyText } from "./order-key.ts";
import { numberOf } from "./settings.ts";
import { nothing, type SpecialRule } from "./special-plan.ts";
import { allStored, bytesOf, load, operand, powerOfTwo, type Stored } from "./storage.ts";

/** `rank_of` is larger for the better element; NaN has the largest. */
const rankText = (x: Stored, least: boolean): string =>
  `${orderKeyText(x.value)}fn rank_of(i: u32) -> u32 {
  let key = order_key(${load("in0", "i", x)});
  return ${least ? (x.value === "f32" ? "select(~key, key, key == 0xffffffffu)" : "~key") : "key"};
}
`;

/** Best of the elements `from`, `from + step`, ... of a line; earlier ones win. */
const search = ({ length }: Lines, from: string, step: string): string => `
  var best = 0u;
  var where_best = 0xffffffffu;
  for (var i = ${from}; i < ${size(length)}; i += ${step}) {
    let key = rank_of(element(row, i));
    if (key > best || where_best == 0xffffffffu) { best = key; where_best = i; }
  }
`;

const perInvocation = (lines: Lines): { readonly code: string; readonly groups: number } => {
  const groups = Math.ceil(lines.rows / 64);
  const code = `@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let row = ${workgroupIndex(groups)} * 64u + lid;
  if (row >= ${size(lines.rows)}) { return; }
${search(lines, "0u", "1u")}
  out0[row] = i32(where_best);
}`;
  return { code, groups };
};

const perWorkgroup = (
  lines: Lines,
  most: number,
): { readonly code: string; readonly groups: number } => {
  const threads = Math.min(most, Math.max(32, powerOfTwo(lines.length / 4)));
  const code = `var<workgroup> keys: array<u32, ${threads}>;
var<workgroup> places: array<u32, ${threads}>;
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let row = ${workgroupIndex(lines.rows)};
  if (row >= ${size(lines.rows)}) { return; }
${search(lines, "lid", `${threads}u`)}
  keys[lid] = best;
  places[lid] = where_best;
  for (var half = ${threads / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lid < half) {
      let other = lid + half;
      if (keys[other] > keys[lid] || (keys[other] == keys[lid] && places[other] < places[lid])) {
        keys[lid] = keys[other];
        places[lid] = places[other];
      }
    }
  }
  if (lid == 0u) { out0[row] = i32(places[0]); }
}`;
  return { code, groups: lines.rows };
};

const argRule =
  (name: string, least: boolean): SpecialRule =>
  (params, [first], _outputs, profile) => {
    const [x] = first === undefined ? [] : (allStored([first], profile) ?? []);
    if (first === undefined || x === undefined) return undefined;
    if (sizeOf(first.shape) === 0) return nothing;
    const lines = linesAlong(first, numberOf(params, "axis"));
    const alone = lines.length <= 32 || (lines.inner >= 32 && lines.rows >= 2048);
    const { code, groups } = alone
      ? perInvocation(lines)
      : perWorkgroup(lines, profile.isSoftware ? 32 : 256);
    const kernel: Kernel = {
      name,
      operands: [operand("in0", x.element, "read"), operand("out0", "i32", "write")],
      code: `${rankText(x, least)}${elementText(lines)}${code}`,
      grid: gridOf(groups),
      flops: sizeOf(first.shape),
      bytes: bytesOf(first) + lines.rows * 4,
    };
    return { temporaries: [], kernels: [kernel] };
  };

/** Place of the largest element of each line: the first of equals, the first NaN when there is one. */
export const argMaxRule: SpecialRule = argRule("arg_max", false);
/** Place of the smallest element of each line: the first of equals, the first NaN when there is one. */
export const argMinRule: SpecialRule = argRule("arg_min", true);
