import { type Aval, dim, type Params, sizeOf, stridesOf } from "@adjoint/core/backend";
import { gridOf, type Kernel, type Operand, workgroupIndex } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { type Combiner, combineText } from "./combine.ts";
import { flagOf, numberOf, textOf } from "./settings.ts";
import { type Aside, blockFor, sortPlan, type SortSource, toPairs } from "./sorting.ts";
import { nothing, type Profile, type SpecialPlan, type SpecialRule } from "./special-plan.ts";
import {
  allStored,
  keep,
  load,
  operand,
  powerOfTwo,
  roundings,
  store,
  type Stored,
} from "./storage.ts";

/** Rows of updates (`rows` in `batches`), each `width` elements, go to `targets` rows of the operand. */
type Scatter = {
  readonly rows: number;
  readonly batches: number;
  readonly targets: number;
  readonly width: number;
  readonly combiner: Combiner;
  /** Axes that an index points into, within a batch. */
  readonly inner: readonly number[];
  readonly x: Stored;
  /** Where the elements to combine with come from: the operand, zeros, or the result, which holds the operand already. */
  readonly start: "operand" | "zeros" | "result";
};

const combiners: readonly Combiner[] = ["set", "add", "mul", "max", "min"];

const describe = (
  params: Params,
  [x, indices]: readonly Aval[],
  stored: Stored,
): Scatter | undefined => {
  const combiner = combiners.find((name) => name === textOf(params, "mode"));
  if (x === undefined || indices === undefined || combiner === undefined) return undefined;
  const batch = numberOf(params, "batchDims");
  const k = dim(indices.shape, indices.shape.length - 1);
  const zeros = flagOf(params, "zeroOperand") ? "zeros" : "operand";
  return {
    rows: sizeOf(indices.shape.slice(0, -1)),
    batches: sizeOf(indices.shape.slice(0, batch)),
    targets: sizeOf(x.shape.slice(0, batch + k)),
    width: sizeOf(x.shape.slice(batch + k)),
    combiner,
    inner: x.shape.slice(batch, batch + k),
    x: stored,
    start: flagOf(params, "operandInPlace") ? "result" : zeros,
  };
};

/** `target_of(row)` is the row of the operand that a row of updates goes to, or 0xffffffff. */
const targetText = ({ rows, batches, targets, inner }: Scatter): string => {
  const k = inner.length;
  const steps = stridesOf(inner);
  const axes = inner.map(
    (n, j) => `  {
    let i = in1[row * ${size(k)} + ${j}u];
    if (i < 0 || u32(i) >= ${size(n)}) { return 0xffffffffu; }
    target_row += u32(i) * ${size(dim(steps, j))};
  }`,
  );
  const start =
    batches === 1
      ? "0u"
      : `row / ${size(Math.max(1, rows / batches))} * ${size(targets / batches)}`;
  return `fn target_of(row: u32) -> u32 {
  var target_row = ${start};
${axes.join("\n")}
  return target_row;
}
`;
};

const startValue = ({ x, start }: Scatter, place: string): string => {
  if (start === "zeros") return `${x.value}(0)`;
  return load(start === "result" ? "out0" : "in0", place, x);
};

const operandsOf = ({ x, start, inner }: Scatter, indexed: boolean): readonly Operand[] => [
  ...(start === "operand" ? [operand("in0", x.element, "read")] : []),
  ...(indexed && inner.length > 0 ? [operand("in1", "i32", "read")] : []),
  operand("in2", x.element, "read"),
  operand("out0", x.element, start === "result" ? "update" : "write"),
];

const trafficOf = ({ rows, targets, width }: Scatter): number =>
  (2 * targets + rows) * width * 4 + rows * 4;

const kernelOf = (
  s: Scatter,
  name: string,
  operands: readonly Operand[],
  groups: number,
  code: string,
): Kernel => ({
  name,
  operands,
  code: `${combineText(s.combiner, s.x.value)}${roundings(s.x)}${code}`,
  grid: gridOf(groups),
  flops: s.rows * s.width,
  bytes: trafficOf(s),
});

/** One invocation per element of the result looks through all rows: for few rows of few elements. */
const searchByElement = (s: Scatter): SpecialPlan => {
  const count = s.targets * s.width;
  const groups = Math.ceil(count / 64);
  const perBatch = s.rows / s.batches;
  const code = `${targetText(s)}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let id = ${workgroupIndex(groups)} * 64u + lid;
  if (id >= ${size(count)}) { return; }
  let own = id / ${size(s.width)};
  let column = id % ${size(s.width)};
  let first = ${s.batches === 1 ? "0u" : `own / ${size(s.targets / s.batches)} * ${size(perBatch)}`};
  var value = ${startValue(s, "id")};
  for (var row = first; row < first + ${size(perBatch)}; row++) {
    if (target_of(row) == own) { value = combine(value, ${load("in2", `row * ${size(s.width)} + column`, s.x)}); }
  }
  ${store("out0", "id", "value", s.x)}
}`;
  return {
    temporaries: [],
    kernels: [kernelOf(s, "scatter_search", operandsOf(s, true), groups, code)],
  };
};

/** One workgroup per row of the operand and tile of columns marks the rows that go there, as bits, and combines those. */
const searchByRow = (s: Scatter, threads: number): SpecialPlan => {
  const tiles = Math.ceil(s.width / threads);
  const perBatch = s.rows / s.batches;
  const words = Math.min(64, Math.ceil(perBatch / threads) * (threads / 32));
  const groups = s.targets * tiles;
  const code = `${targetText(s)}
var<workgroup> marks: array<atomic<u32>, ${words}>;
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let group = ${workgroupIndex(groups)};
  if (group >= ${size(groups)}) { return; }
  let own = group / ${size(tiles)};
  let column = group % ${size(tiles)} * ${threads}u + lid;
  let first = ${s.batches === 1 ? "0u" : `own / ${size(s.targets / s.batches)} * ${size(perBatch)}`};
  let active_column = column < ${size(s.width)};
  var value = ${s.x.value}(0);
  if (active_column) { value = ${startValue(s, `own * ${size(s.width)} + column`)}; }
  for (var chunk = 0u; chunk < ${size(perBatch)}; chunk += ${words * 32}u) {
    for (var w = lid; w < ${words}u; w += ${threads}u) { atomicStore(&marks[w], 0u); }
    workgroupBarrier();
    for (var i = lid; i < ${words * 32}u; i += ${threads}u) {
      if (chunk + i < ${size(perBatch)} && target_of(first + chunk + i) == own) {
        atomicOr(&marks[i / 32u], 1u << (i % 32u));
      }
    }
    workgroupBarrier();
    if (active_column) {
      for (var w = 0u; w < ${words}u; w++) {
        var word = atomicLoad(&marks[w]);
        while (word != 0u) {
          let row = first + chunk + w * 32u + countTrailingZeros(word);
          word &= word - 1u;
          value = combine(value, ${load("in2", `row * ${size(s.width)} + column`, s.x)});
        }
      }
    }
    workgroupBarrier();
  }
  if (active_column) { ${store("out0", `own * ${size(s.width)} + column`, "value", s.x)} }
}`;
  return {
    temporaries: [],
    kernels: [kernelOf(s, "scatter_rows", operandsOf(s, true), groups, code)],
  };
};

/** Elements that an invocation copies. */
const copied = 8;

/** Copies the operand, or writes zeros. */
const copyAside = (s: Scatter): Aside => {
  const count = s.targets * s.width;
  const invocations = Math.ceil(count / copied);
  return {
    operands: operandsOf(s, false).filter(({ name }) => name !== "in2"),
    text: `fn other(id: u32) {
  if (id >= ${size(invocations)}) { return; }
  for (var place = id; place < ${size(count)}; place += ${size(invocations)}) {
    ${keep("out0", "place", startValue(s, "place"), s.x)}
  }
}
`,
    invocations,
  };
};

const copyKernel = (s: Scatter): Kernel => {
  const { operands, text, invocations } = copyAside(s);
  const groups = Math.ceil(invocations / 64);
  return {
    name: "scatter_copy",
    operands,
    code: `${text}@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  other(${workgroupIndex(groups)} * 64u + lid);
}`,
    grid: gridOf(groups),
    flops: 0,
    bytes: s.targets * s.width * 8,
  };
};

/** Beyond this many elements a kernel of its own copies faster, as its workgroups need no memory. */
const mostAside = 2 ** 17;

/** Over sorted rows: the first of each run of equal targets combines the run, in the order that the rows had. */
const combineRuns = (s: Scatter): Kernel => {
  const count = s.rows * s.width;
  const groups = Math.ceil(count / 64);
  const code = `@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let id = ${workgroupIndex(groups)} * 64u + lid;
  if (id >= ${size(count)}) { return; }
  let column = id % ${size(s.width)};
  var i = id / ${size(s.width)};
  let own = keys_sorted[i];
  if (own == 0xffffffffu) { return; }
  if (i > 0u) { if (keys_sorted[i - 1u] == own) { return; } }
  let place = own * ${size(s.width)} + column;
  var value = ${startValue(s, "place")};
  loop {
    let row = places_sorted[i];
    value = combine(value, ${load("in2", `row * ${size(s.width)} + column`, s.x)});
    i++;
    if (i >= ${size(s.rows)}) { break; }
    if (keys_sorted[i] != own) { break; }
  }
  ${store("out0", "place", "value", s.x)}
}`;
  const pairs = ["keys_sorted", "places_sorted"].map((name) => operand(name, "u32", "read"));
  return kernelOf(s, "scatter_combine", [...pairs, ...operandsOf(s, false)], groups, code);
};

/** Sorts the rows by target (and copies a small operand in the same dispatch), then combines the runs of equal targets. */
const sorted = (s: Scatter, profile: Profile): SpecialPlan => {
  const source: SortSource = {
    rows: 1,
    length: s.rows,
    block: blockFor(profile),
    operands: s.inner.length > 0 ? [operand("in1", "i32", "read")] : [],
    text: `${targetText(s)}fn key_of(row: u32, place: u32) -> u32 { return target_of(place); }\n`,
  };
  const copies = s.start !== "result";
  const aside = copies && !profile.isSoftware && s.targets * s.width <= mostAside;
  const { temporaries, kernels } = sortPlan(
    "scatter_sort",
    source,
    toPairs("_sorted", s.rows),
    aside ? copyAside(s) : undefined,
  );
  const pairs = ["keys_sorted", "places_sorted"].map((name) => ({
    name,
    element: "u32" as const,
    count: s.rows,
  }));
  return {
    temporaries: [...temporaries, ...pairs],
    kernels: [...kernels, ...(copies && !aside ? [copyKernel(s)] : []), combineRuns(s)],
  };
};

/** Rows looked at, by elements of the result or by its rows, from which on sorting is cheaper. */
const patience = ({ isSoftware }: Profile): { readonly elements: number; readonly rows: number } =>
  isSoftware ? { elements: 2 ** 17, rows: 2 ** 13 } : { elements: 2 ** 20, rows: 2 ** 22 };

/** The operand with rows of updates combined into it, in their order; rows out of range are dropped. */
export const scatterRule: SpecialRule = (params, inputs, _outputs, profile) => {
  const [x] = allStored(inputs, profile) ?? [];
  const s = x === undefined ? undefined : describe(params, inputs, x);
  if (s === undefined) return undefined;
  if (s.targets * s.width === 0) return nothing;
  const perBatch = s.rows / s.batches;
  if (s.targets * s.width * perBatch <= patience(profile).elements) return searchByElement(s);
  const threads = Math.min(256, Math.max(32, powerOfTwo(s.width)));
  const looks = s.targets * Math.ceil(s.width / threads) * perBatch;
  if (s.width >= 16 && looks <= patience(profile).rows) return searchByRow(s, threads);
  return sorted(s, profile);
};
