import type { Storage } from "../emit/arrays.ts";
import { moduleOf } from "../kernel/declare.ts";
import type { Grid, Operand } from "../kernel/kernel.ts";
import { bytesOf, type Place } from "../plan/memory.ts";
import type { Emitted } from "../emit/emitted.ts";

/** Part of GPU memory that a kernel sees; a table holds numbers that the kernel itself needs. */
export type Binding = {
  readonly place: Place | { readonly kind: "table" };
  readonly bytes: number;
};

/** A kernel whose operands have places: the module to compile and what to bind. */
export type BoundKernel = {
  readonly name: string;
  readonly module: string;
  readonly grid: Grid;
  readonly bindings: readonly Binding[];
  readonly table: Uint32Array | undefined;
  readonly flops: number;
  readonly bytes: number;
};

/** A text that is the same for equal places. */
export const placeKey = (place: Place): string =>
  place.kind === "scratch" || place.kind === "state"
    ? `${place.kind}+${place.offset}`
    : `${place.kind}#${place.index}`;

/** Operands of a kernel by their places. */
export type Slot = { readonly operand: Operand; readonly place: Place; readonly bytes: number };

/** Memory that programs write is bound as writable whether a kernel writes there or not: one buffer has one usage in a dispatch. */
export const isWritable = ({ kind }: Place): boolean => kind !== "input" && kind !== "constant";

/** The slots of a kernel and its code with operands at one place under one name. */
export const slotsOf = (
  { kernel, storages }: Pick<Emitted, "kernel" | "storages">,
  text: string,
  places: ReadonlyMap<Storage, Place>,
): { readonly slots: readonly Slot[]; readonly code: string } => {
  const slots = new Map<string, Slot>();
  let code = text;
  kernel.operands.forEach((operand, i) => {
    const storage = storages[i];
    const place = storage === undefined ? undefined : places.get(storage);
    if (storage === undefined || place === undefined)
      throw new RangeError(`operand ${operand.name} of ${kernel.name} has no place`);
    const key = placeKey(place);
    const first = slots.get(key);
    if (first === undefined) slots.set(key, { operand, place, bytes: bytesOf(storage) });
    else if (first.operand.element === operand.element)
      code = code.replace(new RegExp(`\\b${operand.name}\\b`, "g"), first.operand.name);
    else throw new RangeError(`${kernel.name} sees one place as two kinds of elements`);
  });
  return { slots: [...slots.values()], code };
};

/**
 * An operand with the access that its place asks for. In programs of control flow (`isNested`) an input may lie in memory
 * that the kernel writes elsewhere.
 */
export const accessed = ({ operand, place }: Slot, isNested: boolean): Operand => ({
  ...operand,
  access: isNested || isWritable(place) ? "update" : "read",
});

/** Gives the operands of a kernel their places. Operands at one place become one binding. */
export const bindKernel = (
  emitted: Emitted,
  places: ReadonlyMap<Storage, Place>,
  isNested: boolean,
): BoundKernel => {
  const { kernel } = emitted;
  const { slots, code } = slotsOf(emitted, kernel.code, places);
  return {
    name: kernel.name,
    module: moduleOf({ ...kernel, operands: slots.map((slot) => accessed(slot, isNested)), code }),
    grid: kernel.grid,
    bindings: slots.map(({ place, bytes }) => ({ place, bytes })),
    table: undefined,
    flops: kernel.flops,
    bytes: kernel.bytes,
  };
};
