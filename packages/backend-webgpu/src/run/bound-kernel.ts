import type { Storage } from "../emit/arrays.ts";
import { moduleOf } from "../kernel/declare.ts";
import type { Kernel, Operand } from "../kernel/kernel.ts";
import { bytesOf, type Place } from "../plan/memory.ts";
import type { KernelStep } from "../plan/step.ts";

/** Part of GPU memory that a kernel sees. */
export type Binding = { readonly place: Place; readonly bytes: number };

/** A kernel whose operands have places: the module to compile and what to bind. */
export type BoundKernel = {
  readonly kernel: Kernel;
  readonly module: string;
  readonly bindings: readonly Binding[];
};

const keyOf = (place: Place): string =>
  place.kind === "scratch" || place.kind === "state"
    ? `${place.kind}+${place.offset}`
    : `${place.kind}#${place.index}`;

type Slot = { operand: Operand; readonly place: Place; bytes: number };

/** Memory that programs write is bound as writable whether a kernel writes there or not: one buffer has one usage in a dispatch. */
const isWritable = ({ kind }: Place): boolean => kind !== "input" && kind !== "constant";

/** Gives the operands of a kernel their places. Operands at one place become one binding. */
export const bindKernel = (
  { kernel, storages }: KernelStep,
  places: ReadonlyMap<Storage, Place>,
): BoundKernel => {
  const slots = new Map<string, Slot>();
  let { code } = kernel;
  kernel.operands.forEach((operand, i) => {
    const storage = storages[i];
    const place = storage === undefined ? undefined : places.get(storage);
    if (storage === undefined || place === undefined)
      throw new RangeError(`operand ${operand.name} of ${kernel.name} has no place`);
    const key = keyOf(place);
    const first = slots.get(key);
    if (first === undefined) slots.set(key, { operand, place, bytes: bytesOf(storage) });
    else if (first.operand.element === operand.element)
      code = code.replace(new RegExp(`\\b${operand.name}\\b`, "g"), first.operand.name);
    else throw new RangeError(`${kernel.name} sees one place as two kinds of elements`);
  });
  const list = [...slots.values()];
  const operands = list.map(({ operand, place }): Operand => ({
    ...operand,
    access: isWritable(place) ? "update" : "read",
  }));
  return {
    kernel,
    module: moduleOf({ ...kernel, operands, code }),
    bindings: list.map(({ place, bytes }) => ({ place, bytes })),
  };
};
