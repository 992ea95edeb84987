import { indented } from "../emit/kernel-text.ts";
import { withLibrary } from "../emit/with-library.ts";
import { moduleOf } from "../kernel/declare.ts";
import { gridOf, type Operand, workgroupIndex } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import type { Memory, Place } from "../plan/memory.ts";
import type { GroupMember } from "../plan/step.ts";
import {
  accessed,
  type Binding,
  type BoundKernel,
  placeKey,
  type Slot,
  slotsOf,
} from "./bound-kernel.ts";

/** What memory is bound as: words where it holds more than float32. */
type PoolElement = "f32" | "u32";

/** Whether an operand is read through the one binding of the memory that it lies in. */
const isPooled = ({ place }: Slot): boolean => place.kind === "scratch" || place.kind === "state";

const offsetOf = (place: Place): number =>
  place.kind === "scratch" || place.kind === "state" ? place.offset / 4 : 0;

const mark = /⟦(\d+)⟧/g;

/** The code with one operand read and written in the memory that it lies in, from `start` on. */
const pooledAccess = (code: string, slot: Slot, pool: PoolElement, start: string): string => {
  const { operand, place } = slot;
  const opening = new RegExp(`\\b${operand.name}\\[`, "g");
  const parts: string[] = [];
  let done = 0;
  for (let at = opening.exec(code); at !== null; at = opening.exec(code)) {
    const close = closingOf(code, opening.lastIndex);
    const inside = pooledAccess(code.slice(opening.lastIndex, close), slot, pool, start);
    const cell = `${place.kind}[${start} + ${inside}]`;
    parts.push(code.slice(done, at.index));
    done = close + 1;
    const stored = operand.element === pool ? null : assigned.exec(code.slice(done));
    if (operand.element === pool) parts.push(cell);
    else if (stored === null) parts.push(`bitcast<${operand.element}>(${cell})`);
    else {
      const value = pooledAccess(stored[1] ?? "", slot, pool, start);
      parts.push(`${cell} = bitcast<${pool}>(${value});`);
      done += stored[0].length;
    }
    opening.lastIndex = done;
  }
  return [...parts, code.slice(done)].join("");
};

/** What follows an element that is written. */
const assigned = /^ = ([^;]*);/;

/** Where the bracket that was opened before `from` is closed. */
const closingOf = (code: string, from: number): number => {
  let depth = 1;
  let at = from;
  for (; depth > 0; at++) {
    if (code[at] === "[") depth++;
    else if (code[at] === "]") depth--;
    else if (at >= code.length) throw new RangeError("a bracket is never closed");
  }
  return at - 1;
};

/** Puts kernels together: the bodies, each once, and a table of which workgroups run which body on what. */
class GroupWriter {
  readonly direct = new Map<string, Slot & { readonly name: string }>();
  readonly shared = new Set<string>();
  readonly #memory: Memory;
  readonly #pool: PoolElement;
  readonly #bodies = new Map<string, number>();
  readonly #starts: number[] = [];
  readonly #rows: number[][] = [];
  groups = 0;

  constructor(memory: Memory, pool: PoolElement) {
    this.#memory = memory;
    this.#pool = pool;
  }

  add(member: GroupMember): void {
    const { text } = member;
    const { slots, code } = slotsOf(member, text.body.join("\n"), this.#memory.places);
    const numbers: number[] = [];
    const number = (n: number): string => `table[t + ${numbers.push(n)}u]`;
    let body = code.replace(mark, (_, n: string) => number(Number(n)));
    for (const slot of slots) {
      const { name } = slot.operand;
      const own = new RegExp(`\\b${name}\\b`, "g");
      if (!isPooled(slot)) body = body.replace(own, this.#directName(slot));
      else body = pooledAccess(body, slot, this.#pool, number(offsetOf(slot.place)));
    }
    for (const declaration of text.shared) this.shared.add(declaration);
    this.#starts.push(this.groups);
    this.groups += text.groups;
    this.#rows.push([this.#bodyNumber(body), ...numbers]);
  }

  #directName(slot: Slot): string {
    const key = placeKey(slot.place);
    const known = this.direct.get(key) ?? { ...slot, name: `x${this.direct.size}` };
    this.direct.set(key, known);
    return known.name;
  }

  #bodyNumber(body: string): number {
    const known = this.#bodies.get(body) ?? this.#bodies.size;
    this.#bodies.set(body, known);
    return known;
  }

  /** First workgroup of each member, then where its row begins, then the rows: body, sizes and offsets. */
  get table(): Uint32Array {
    const count = this.#starts.length;
    let next = 2 * count;
    const places = this.#rows.map((row) => {
      const place = next;
      next += row.length;
      return place;
    });
    return Uint32Array.from([...this.#starts, ...places, ...this.#rows.flat()]);
  }

  code(workgroup: number): string {
    const count = this.#starts.length;
    const bodies = [...this.#bodies].map(
      ([body, n]) =>
        `fn body${n}(group: u32, lid: u32, t: u32) {\n${indented([body]).join("\n")}\n}`,
    );
    const cases = [...this.#bodies.values()].map(
      (n) => `    case ${n}u: { body${n}(group - table[low], lid, t); }`,
    );
    return withLibrary(`${[...this.shared].join("\n")}
${bodies.join("\n")}
@compute @workgroup_size(${workgroup})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let group = ${workgroupIndex(this.groups)};
  if (group >= ${size(this.groups)}) { return; }
  var low = 0u;
  var high = ${size(count)};
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (table[middle] <= group) { low = middle; } else { high = middle; }
  }
  let t = table[${size(count)} + low];
  switch (table[t]) {
${cases.join("\n")}
    default: {}
  }
}`);
  }
}

/** What the memory of kernels is bound as; undefined where some of it holds less or more than a word at a time. */
const poolElementOf = (
  members: readonly GroupMember[],
  memory: Memory,
): PoolElement | undefined => {
  const elements = members.flatMap((member) =>
    slotsOf(member, "", memory.places)
      .slots.filter(isPooled)
      .map((slot) => slot.operand.element),
  );
  if (elements.every((element) => element === "f32")) return "f32";
  return elements.every((e) => e === "f32" || e === "i32" || e === "u32") ? "u32" : undefined;
};

/** The binding of memory that pooled operands lie in. */
const poolBindings = (
  memory: Memory,
  element: PoolElement,
): readonly { readonly operand: Operand; readonly binding: Binding }[] =>
  (["scratch", "state"] as const).map((kind) => ({
    operand: { name: kind, element, access: "update" },
    binding: {
      place: { kind, offset: 0 },
      bytes: kind === "scratch" ? memory.scratchBytes : memory.stateBytes,
    },
  }));

/**
 * Puts kernels that do not need each other into one dispatch; undefined where that would take more bindings than
 * `maxBindings`, more bytes in one than `maxBindingBytes`, or memory that holds half floats.
 */
export const bindGroup = (
  members: readonly GroupMember[],
  memory: Memory,
  limits: { readonly maxBindings: number; readonly maxBindingBytes: number },
  isNested: boolean,
): BoundKernel | undefined => {
  const pool = poolElementOf(members, memory);
  if (pool === undefined) return undefined;
  const writer = new GroupWriter(memory, pool);
  for (const member of members) writer.add(member);
  const [{ text } = { text: undefined }] = members;
  if (text === undefined) return undefined;
  const code = writer.code(text.workgroup);
  const direct = [...writer.direct.values()];
  const pools = poolBindings(memory, pool).filter(({ operand }) =>
    new RegExp(`\\b${operand.name}\\[`).test(code),
  );
  const bindings: readonly Binding[] = [
    ...direct.map(({ place, bytes }) => ({ place, bytes })),
    ...pools.map((pool) => pool.binding),
    { place: { kind: "table" }, bytes: 4 * writer.table.length },
  ];
  const fits = bindings.every(({ bytes }) => bytes <= limits.maxBindingBytes);
  if (bindings.length > limits.maxBindings || !fits) return undefined;
  const operands: readonly Operand[] = [
    ...direct.map((slot) => ({ ...accessed(slot, isNested), name: slot.name })),
    ...pools.map((pool) => pool.operand),
    { name: "table", element: "u32", access: "read" },
  ];
  const sum = (of: (m: GroupMember) => number): number => members.reduce((n, m) => n + of(m), 0);
  const [flops, bytes] = [sum((m) => m.kernel.flops), sum((m) => m.kernel.bytes)];
  const grid = gridOf(writer.groups);
  const name = members.length === 1 ? text.name : `${text.name}_x${members.length}`;
  const module = moduleOf({ name, operands, code, grid, flops, bytes });
  return { name, module, grid, bindings, table: writer.table, flops, bytes };
};
