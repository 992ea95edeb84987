import { type Params, sizeOf } from "@adjoint/core/backend";
import type { Kernel } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { orderKeyText } from "./order-key.ts";
import { numberOf } from "./settings.ts";
import { blockFor, blockSort, type SortSink, sortPlan, type SortSource } from "./sorting.ts";
import { nothing, type SpecialPlan, type SpecialRule, type Temporary } from "./special-plan.ts";
import { allStored, keep, load, operand, type Stored } from "./storage.ts";

/** Writes the first `k` of each line. */
const toResults = (x: Stored, length: number, k: number): SortSink => ({
  operands: [
    operand("in0", x.element, "read"),
    operand("out0", x.element, "write"),
    operand("out1", "i32", "write"),
  ],
  text: `fn emit(row: u32, rank: u32, key: u32, place: u32) {
  if (rank >= ${size(k)}) { return; }
  let to = row * ${size(k)} + rank;
  ${keep("out0", "to", load("in0", `row * ${size(length)} + place`, x), x)}
  out1[to] = i32(place);
}
`,
});

/** Sorting ascends, so the largest have the smallest keys. */
const valuesOf = (x: Stored, rows: number, length: number, block: number): SortSource => ({
  rows,
  length,
  block,
  operands: [operand("in0", x.element, "read")],
  text: `${orderKeyText(x.value)}fn key_of(row: u32, place: u32) -> u32 {
  return ~order_key(${load("in0", `row * ${size(length)} + place`, x)});
}
`,
});

/** Pairs that an earlier kernel left. */
const candidatesOf = (label: string, { rows, block }: SortSource, length: number): SortSource => ({
  rows,
  length,
  block,
  operands: [operand(`keys${label}`, "u32", "read"), operand(`places${label}`, "u32", "read")],
  text: `fn key_of(row: u32, i: u32) -> u32 { return keys${label}[row * ${size(length)} + i]; }\n`,
  placeText: `fn place_of(row: u32, i: u32) -> u32 { return places${label}[row * ${size(length)} + i]; }\n`,
});

/** How many candidates the blocks of a line leave, the last block perhaps fewer. */
const survivors = ({ length, block }: SortSource, k: number): number => {
  const blocks = Math.ceil(length / block);
  return (blocks - 1) * k + Math.min(k, length - (blocks - 1) * block);
};

const toCandidates = (label: string, source: SortSource, k: number): SortSink => ({
  operands: [operand(`keys${label}`, "u32", "write"), operand(`places${label}`, "u32", "write")],
  text: `fn emit(row: u32, rank: u32, key: u32, place: u32) {
  let to = row * ${size(survivors(source, k))} + rank / ${source.block}u * ${size(k)} + rank % ${source.block}u;
  keys${label}[to] = key;
  places${label}[to] = place;
}
`,
  best: k,
});

/** Each block keeps its best `k`, until one block holds all that are left. */
const selection = (values: SortSource, results: SortSink, k: number): SpecialPlan => {
  const temporaries: Temporary[] = [];
  const kernels: Kernel[] = [];
  let source = values;
  for (let round = 0; source.length > source.block; round++) {
    const left = survivors(source, k);
    const label = String(round);
    kernels.push(blockSort("top_k_select", source, toCandidates(label, source, k)));
    for (const name of [`keys${label}`, `places${label}`])
      temporaries.push({ name, element: "u32", count: source.rows * left });
    source = candidatesOf(label, source, left);
  }
  kernels.push(blockSort("top_k", source, results));
  return { temporaries, kernels };
};

/** The `k` largest of each line, NaN first, the first of equals first. */
export const topKRule: SpecialRule = (
  params: Params,
  [first],
  _outputs,
  profile,
): SpecialPlan | undefined => {
  const [x] = first === undefined ? [] : (allStored([first], profile) ?? []);
  if (first === undefined || x === undefined) return undefined;
  const k = numberOf(params, "k");
  const length = first.shape.at(-1) ?? 1;
  if (k === 0 || sizeOf(first.shape) === 0) return nothing;
  const block = blockFor(profile);
  const source = valuesOf(x, sizeOf(first.shape) / length, length, block);
  const results = toResults(x, length, k);
  return k <= block / 4 ? selection(source, results, k) : sortPlan("top_k", source, results);
};
