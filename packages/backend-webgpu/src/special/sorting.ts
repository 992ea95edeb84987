import { gridOf, type Kernel, type Operand, workgroupIndex } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import type { Profile, SpecialPlan } from "./special-plan.ts";
import { operand, powerOfTwo } from "./storage.ts";

/**
 * Pairs that are sorted in workgroup memory: 1024 pairs of u32 fill half of 16 KB, so that two workgroups fit. A software
 * adapter takes a millisecond per element of workgroup memory to compile a shader.
 */
export const blockFor = ({ isSoftware }: Profile): number => (isSoftware ? 256 : 1024);

/** What is sorted: `rows` lines of `length` elements, each a u32 key with its place in the line. */
export type SortSource = {
  readonly rows: number;
  readonly length: number;
  /** Longest line that is sorted at once, as `blockFor` says. */
  readonly block: number;
  /** Arrays that `text` reads, for the keys. */
  readonly operands: readonly Operand[];
  /** WGSL of `fn key_of(row: u32, place: u32) -> u32`, and what it needs. */
  readonly text: string;
  /** WGSL of `fn place_of(row: u32, place: u32) -> u32`, where places were given before; else it is the place. */
  readonly placeText?: string;
  /** Further keys, for equal first ones. */
  readonly ties?: {
    readonly operands: readonly Operand[];
    /** WGSL of `fn order(row: u32, a: u32, b: u32) -> i32`: negative where place a comes first, 0 where equal. */
    readonly text: string;
  };
};

/** What becomes of the sorted pairs. */
export type SortSink = {
  readonly operands: readonly Operand[];
  /** WGSL of `fn emit(row: u32, rank: u32, key: u32, place: u32)`. */
  readonly text: string;
  /** Most elements of a block that are wanted (its smallest); all when absent. */
  readonly best?: number;
};

const before = ({ length, ties }: SortSource): string =>
  ties === undefined
    ? `fn before(row: u32, ka: u32, pa: u32, kb: u32, pb: u32) -> bool {
  return ka < kb || (ka == kb && pa < pb);
}
`
    : `${ties.text}fn before(row: u32, ka: u32, pa: u32, kb: u32, pb: u32) -> bool {
  if (ka != kb) { return ka < kb; }
  if (max(pa, pb) < ${size(length)}) {
    let known = order(row, pa, pb);
    if (known != 0) { return known < 0; }
  }
  return pa < pb;
}
`;

const merged = (...lists: readonly (readonly Operand[])[]): readonly Operand[] => {
  const byName = new Map<string, Operand>();
  for (const list of lists) for (const o of list) if (!byName.has(o.name)) byName.set(o.name, o);
  return [...byName.values()];
};

/** Lines shorter than a workgroup share one; longer ones than `block` are cut. */
type Blocks = {
  readonly span: number;
  readonly perRow: number;
  readonly segments: number;
  readonly perGroup: number;
  readonly threads: number;
};

const blocksOf = ({ rows, length, block }: SortSource): Blocks => {
  const span = Math.max(2, Math.min(powerOfTwo(length), block));
  const perRow = Math.ceil(length / span);
  const segments = rows * perRow;
  const perGroup = Math.max(1, Math.min(powerOfTwo(segments), 256 / span));
  const threads = Math.min(256, Math.max(32, (span * perGroup) / 2));
  return { span, perRow, segments, perGroup, threads };
};

/** Compares and exchanges in workgroup memory until every span of `keys` is in order (Batcher's bitonic network). */
const network = ({ span, perGroup, threads, perRow }: Blocks): string => `
  for (var width = 2u; width <= ${span}u; width <<= 1u) {
    for (var gap = width >> 1u; gap > 0u; gap >>= 1u) {
      workgroupBarrier();
      for (var p = lid; p < ${(span * perGroup) / 2}u; p += ${threads}u) {
        let low = p & (gap - 1u);
        let a = ((p - low) << 1u) + low;
        let b = a + gap;
        let rising = width == ${span}u || (a & width) == 0u;
        let row = (group * ${perGroup}u + a / ${span}u) / ${size(perRow)};
        if (before(row, keys[b], places[b], keys[a], places[a]) == rising) {
          let key = keys[a];
          let place = places[a];
          keys[a] = keys[b];
          places[a] = places[b];
          keys[b] = key;
          places[b] = place;
        }
      }
    }
  }
  workgroupBarrier();
`;

const perElement = (
  { span, perGroup, threads, perRow, segments }: Blocks,
  length: number,
  body: string,
): string => `  for (var e = lid; e < ${span * perGroup}u; e += ${threads}u) {
    let segment = group * ${perGroup}u + e / ${span}u;
    let row = segment / ${size(perRow)};
    let offset = e % ${span}u;
    let i = (segment % ${size(perRow)}) * ${span}u + offset;
    let exists = segment < ${size(segments)} && i < ${size(length)};
${body}
  }`;

/** Work that other workgroups of the kernel do meanwhile; `text` is WGSL of `fn other(id: u32)`. */
export type Aside = {
  readonly operands: readonly Operand[];
  readonly text: string;
  readonly invocations: number;
};

/** Sorts each block of a line in workgroup memory. */
export const blockSort = (
  name: string,
  source: SortSource,
  sink: SortSink,
  aside?: Aside,
): Kernel => {
  const { rows, length } = source;
  const blocks = blocksOf(source);
  const { span, perGroup, threads, segments } = blocks;
  const groups = Math.ceil(segments / perGroup);
  const others = aside === undefined ? 0 : Math.ceil(aside.invocations / threads);
  const cut = sink.best === undefined ? "" : ` && offset < ${size(sink.best)}`;
  const code = `var<workgroup> keys: array<u32, ${span * perGroup}>;
var<workgroup> places: array<u32, ${span * perGroup}>;
${source.text}${source.placeText ?? "fn place_of(row: u32, place: u32) -> u32 { return place; }\n"}${before(source)}${sink.text}${aside?.text ?? ""}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let group = ${workgroupIndex(groups + others)};
  if (group >= ${size(groups)}) {${aside === undefined ? "" : ` other((group - ${size(groups)}) * ${threads}u + lid);`} return; }
${perElement(blocks, length, "    keys[e] = 0xffffffffu;\n    places[e] = 0xffffffffu;\n    if (exists) { keys[e] = key_of(row, i); places[e] = place_of(row, i); }")}
${network(blocks)}
${perElement(blocks, length, `    if (exists${cut}) { emit(row, i, keys[e], places[e]); }`)}
}`;
  return {
    name,
    operands: merged(
      source.operands,
      source.ties?.operands ?? [],
      sink.operands,
      aside?.operands ?? [],
    ),
    code,
    grid: gridOf(groups + others),
    flops: rows * length * Math.log2(span + 1) ** 2,
    bytes: rows * length * 8 + (aside?.invocations ?? 0) * 8,
  };
};

const pair = (label: string): readonly [keys: string, places: string] => [
  `keys${label}`,
  `places${label}`,
];

/** A sink that writes keys and places where they come in order. */
export const toPairs = (label: string, length: number): SortSink => {
  const [keys, places] = pair(label);
  return {
    operands: [operand(keys, "u32", "write"), operand(places, "u32", "write")],
    text: `fn emit(row: u32, rank: u32, key: u32, place: u32) {
  ${keys}[row * ${size(length)} + rank] = key;
  ${places}[row * ${size(length)} + rank] = place;
}
`,
  };
};

/**
 * Merges neighbouring runs of `run` elements: each pair finds its place by counting, in the neighbour, those that come
 * before it.
 */
const mergeKernel = (
  name: string,
  source: SortSource,
  from: string,
  run: number,
  sink: SortSink,
): Kernel => {
  const { rows, length, ties } = source;
  const [keys, places] = pair(from);
  const groups = Math.ceil((rows * length) / 256);
  const code = `${before(source)}${sink.text}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let id = ${workgroupIndex(groups)} * 256u + lid;
  if (id >= ${size(rows * length)}) { return; }
  let row = id / ${size(length)};
  let base = row * ${size(length)};
  let i = id - base;
  let key = ${keys}[id];
  let place = ${places}[id];
  let own = i / ${size(run)};
  let start = min((own ^ 1u) * ${size(run)}, ${size(length)});
  var low = start;
  var high = min(start + ${size(run)}, ${size(length)});
  while (low < high) {
    let middle = (low + high) / 2u;
    if (before(row, ${keys}[base + middle], ${places}[base + middle], key, place)) { low = middle + 1u; }
    else { high = middle; }
  }
  emit(row, (own & 0xfffffffeu) * ${size(run)} + i % ${size(run)} + (low - start), key, place);
}`;
  return {
    name,
    operands: merged(
      [operand(keys, "u32", "read"), operand(places, "u32", "read")],
      ties?.operands ?? [],
      sink.operands,
    ),
    code,
    grid: gridOf(groups),
    flops: rows * length * Math.log2(run + 1),
    bytes: rows * length * 16,
  };
};

/** Sorts whole lines, by key and then by place: block sorts, then as many merges as the length needs. */
export const sortPlan = (
  name: string,
  source: SortSource,
  sink: SortSink,
  aside?: Aside,
): SpecialPlan => {
  const { rows, length, block } = source;
  if (length <= block)
    return { temporaries: [], kernels: [blockSort(`${name}_block`, source, sink, aside)] };
  const kernels = [blockSort(`${name}_block`, source, toPairs("0", length), aside)];
  let from = 0;
  for (let run = block; run < length; run *= 2) {
    const target = run * 2 < length ? toPairs(String(1 - from), length) : sink;
    kernels.push(mergeKernel(`${name}_merge`, source, String(from), run, target));
    from = 1 - from;
  }
  const labels = kernels.length > 2 ? ["0", "1"] : ["0"];
  const temporaries = labels.flatMap((label) =>
    pair(label).map((array) => ({ name: array, element: "u32" as const, count: rows * length })),
  );
  return { temporaries, kernels };
};
