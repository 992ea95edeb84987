import { type Params, sizeOf } from "@adjoint/core/backend";
import { gridOf, type Kernel, workgroupIndex } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { orderKeyText } from "./order-key.ts";
import { elementText, type Lines, linesAlong } from "./lines.ts";
import { numberOf } from "./settings.ts";
import { blockFor, type SortSink, sortPlan, type SortSource } from "./sorting.ts";
import { nothing, type SpecialPlan, type SpecialRule } from "./special-plan.ts";
import { allStored, keep, load, operand, type Stored } from "./storage.ts";

const tiesOf = (keys: readonly Stored[], count: number): SortSource["ties"] => {
  if (count < 2) return undefined;
  const further = keys.slice(1, count);
  const steps = further.map((x, i) => {
    const key = (place: string): string =>
      `key${i + 1}(${load(`in${i + 1}`, `element(row, ${place})`, x)})`;
    return `  {
    let x = ${key("a")};
    let y = ${key("b")};
    if (x != y) { return select(1, -1, x < y); }
  }`;
  });
  return {
    operands: further.map(({ element }, i) => operand(`in${i + 1}`, element, "read")),
    text: `${further.map(({ value }, i) => orderKeyText(value, `key${i + 1}`)).join("")}
fn order(row: u32, a: u32, b: u32) -> i32 {
${steps.join("\n")}
  return 0;
}
`,
  };
};

/** Writes the operands, taken from where the sorted pairs came from. */
const toOperands = (operands: readonly Stored[]): SortSink => ({
  operands: operands.flatMap(({ element }, i) => [
    operand(`in${i}`, element, "read"),
    operand(`out${i}`, element, "write"),
  ]),
  text: `fn emit(row: u32, rank: u32, key: u32, place: u32) {
  let to = element(row, rank);
  let here = element(row, place);
${operands.map((x, i) => `  ${keep(`out${i}`, "to", load(`in${i}`, "here", x), x)}`).join("\n")}
}
`,
});

const toOrder = (lines: Lines): SortSink => ({
  operands: [operand("permutation", "u32", "write")],
  text: `fn emit(row: u32, rank: u32, key: u32, place: u32) {
  permutation[row * ${size(lines.length)} + rank] = place;
}
`,
});

const permute = (i: number, x: Stored, lines: Lines): Kernel => {
  const count = lines.rows * lines.length;
  const groups = Math.ceil(count / 256);
  return {
    name: "sort_permute",
    operands: [
      operand("permutation", "u32", "read"),
      operand(`in${i}`, x.element, "read"),
      operand(`out${i}`, x.element, "write"),
    ],
    code: `${elementText(lines)}@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let id = ${workgroupIndex(groups)} * 256u + lid;
  if (id >= ${size(count)}) { return; }
  let row = id / ${size(lines.length)};
  let here = element(row, permutation[id]);
  ${keep(`out${i}`, `element(row, id % ${size(lines.length)})`, load(`in${i}`, "here", x), x)}
}`,
    grid: gridOf(groups),
    flops: 0,
    bytes: count * 12,
  };
};

/** Bindings that every device has are 8; a merge reads two arrays besides the operands. */
const mostInOneKernel = 3;

/** Sorts lines together by the first operands, stable, NaN last. */
export const sortRule: SpecialRule = (
  params: Params,
  inputs,
  _outputs,
  profile,
): SpecialPlan | undefined => {
  const [first] = inputs;
  const stored = allStored(inputs, profile);
  const [key] = stored ?? [];
  if (first === undefined || stored === undefined || key === undefined) return undefined;
  if (sizeOf(first.shape) === 0) return nothing;
  const keys = numberOf(params, "numKeys");
  if (keys > 5) return undefined;
  const lines = linesAlong(first, numberOf(params, "axis"));
  const ties = tiesOf(stored, keys);
  const source: SortSource = {
    rows: lines.rows,
    length: lines.length,
    block: blockFor(profile),
    operands: [operand("in0", key.element, "read")],
    text: `${orderKeyText(key.value)}fn key_of(row: u32, place: u32) -> u32 {
  return order_key(${load("in0", "element(row, place)", key)});
}
`,
    ...(ties === undefined ? {} : { ties }),
  };
  return withElements(source, stored, lines);
};

const withElements = (source: SortSource, stored: readonly Stored[], lines: Lines): SpecialPlan => {
  const together = stored.length <= mostInOneKernel;
  const sink = together ? toOperands(stored) : toOrder(lines);
  const plan = sortPlan("sort", source, sink);
  const kernels = plan.kernels.map((kernel) => ({
    ...kernel,
    code: `${elementText(lines)}${kernel.code}`,
  }));
  if (together) return { temporaries: plan.temporaries, kernels };
  return {
    temporaries: [
      ...plan.temporaries,
      { name: "permutation", element: "u32", count: lines.rows * lines.length },
    ],
    kernels: [...kernels, ...stored.map((x, i) => permute(i, x, lines))],
  };
};
