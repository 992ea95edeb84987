import { type Atom, type DType, type Shape, sizeOf, Var } from "@adjoint/core/backend";
import type { Item } from "./item.ts";
import { KernelGroup, type Operand, wholeAxes } from "./kernel-group.ts";
import { type Loops, loopsFor } from "./loops.ts";
import { unsupported } from "./unsupported.ts";
import { broadcastView, isDense, type View, wholeView } from "./view.ts";

/** What a name stands for: a part of memory, or a number repeated. */
export type Entry =
  | { readonly kind: "view"; readonly view: View }
  | { readonly kind: "number"; readonly value: number; readonly dtype: DType };

/** Steps after which a kernel takes no more equations; longer ones spill. */
const longestKernel = 48;

/** The steps of a program while they are put together. */
export class Planner {
  readonly items: Item[] = [];
  readonly #entries = new Map<Var, Entry>();
  readonly #places = new Map<Var, number>();

  define(variable: Var, view: View): void {
    this.#entries.set(variable, { kind: "view", view });
  }

  entry(atom: Atom): Entry {
    if (atom.kind === "literal")
      return { kind: "number", value: atom.value, dtype: atom.aval.dtype };
    return this.#entries.get(atom) ?? unsupported("a name without a value");
  }

  repeat(variable: Var, value: number): void {
    this.#entries.set(variable, { kind: "number", value, dtype: variable.aval.dtype });
  }

  place(base: Var): number {
    return this.#places.get(base) ?? -1;
  }

  push(item: Item, ...made: readonly Var[]): void {
    this.items.push(item);
    for (const v of made) this.made(v, this.items.length - 1);
  }

  made(variable: Var, place: number): void {
    this.#places.set(variable, place);
    if (!this.#entries.has(variable)) this.define(variable, wholeView(variable));
  }

  view(atom: Atom): View {
    const entry = this.entry(atom);
    return entry.kind === "view" ? entry.view : this.dense(entry, atom.aval.shape);
  }

  /** Elements in memory order, copied there if need be. */
  dense(entry: Entry, shape: Shape): View {
    return entry.kind === "view" && isDense(entry.view)
      ? entry.view
      : wholeView(this.copy(entry, shape));
  }

  /** A new name for the elements, in memory order. */
  copy(entry: Entry, shape: Shape): Var {
    const copy = new Var({
      shape,
      dtype: entry.kind === "view" ? entry.view.base.aval.dtype : entry.dtype,
    });
    const loops = loopsFor(shape, entry.kind === "view" ? [entry.view] : []);
    if (loops !== undefined) {
      const group = new KernelGroup(loops);
      const id = group.read(entry, "whole") ?? unsupported("a copy");
      group.values.set(copy, { id, extent: "whole", axes: wholeAxes });
      this.push({ kind: "kernel", group }, copy);
    } else if (entry.kind === "view" && copy.aval.dtype !== "bool")
      this.push({ kind: "copy", from: entry.view, to: wholeView(copy) }, copy);
    else unsupported("a copy");
    return copy;
  }

  /** Groups that an equation reading `bases` may join, best first. */
  *groups(bases: readonly Var[]): Generator<readonly [KernelGroup, number]> {
    const earliest = Math.max(-1, ...bases.map((b) => this.place(b)));
    const producer = this.items[earliest];
    if (producer?.kind === "kernel") yield [producer.group, earliest];
    const used = new Set(bases);
    for (let i = this.items.length - 1; i > earliest; i--) {
      const item = this.items[i];
      if (item?.kind !== "kernel") continue;
      const [blocks, rows, columns] = item.group.loops;
      const isWide = (v: Var): boolean => sizeOf(v.aval.shape) === blocks * rows * columns;
      if (item.group.inputs.some((x) => used.has(x.base) && isWide(x.base))) yield [item.group, i];
    }
  }
}

/** The names whose memory operands read. */
export const basesOf = (operands: readonly Operand[]): readonly Var[] =>
  operands.flatMap((o) => (o.kind === "view" ? [o.view.base] : []));

/** An entry as an operand of an equation over `shape`. */
export const shaped = (entry: Entry, shape: Shape): Operand =>
  entry.kind === "view" ? { kind: "view", view: broadcastView(entry.view, shape) } : entry;

/** Tries to add an equation to a group; the group is left with nothing but unused inputs when it cannot. */
export type Attempt = (group: KernelGroup) => boolean;

/** Adds an equation to a group that takes it, or to a new one over `loops`; false when none does. */
export const join = (
  p: Planner,
  bases: readonly Var[],
  made: readonly Var[],
  attempt: Attempt,
  loops: () => Loops | undefined,
): boolean => {
  for (const [group, place] of p.groups(bases)) {
    if (group.length > longestKernel || !attempt(group)) continue;
    for (const v of made) p.made(v, place);
    return true;
  }
  const found = loops();
  if (found === undefined) return false;
  const group = new KernelGroup(found);
  if (!attempt(group)) return false;
  p.push({ kind: "kernel", group }, ...made);
  return true;
};
