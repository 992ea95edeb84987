import {
  allocate,
  type Atom,
  type Eqn,
  type HostArray,
  type HostData,
  sizeOf,
  type Var,
} from "@adjoint/core/backend";
import { kernelTypeOf } from "../fuse/kernel-type.ts";
import { stepRules } from "../fuse/step-rules.ts";
import { isCounting, randomOrigins } from "../fuse/random-equations.ts";
import type { KernelType } from "../wasm/kernel-program.ts";
import {
  type CounterKind,
  type RandomKernel,
  randomKernel,
  type RandomResult,
  type WriteResults,
} from "./random-kernel.ts";
import { hasElements } from "./segments.ts";
import { randomLayout } from "./threefry-kernel.ts";

/** Something that the host does: an equation, or a kernel of random words with what is made of them. */
export type HostTask =
  | { readonly kind: "equation"; readonly eqn: Eqn }
  | { readonly kind: "random"; readonly task: RandomTask };

/** Equations that draw random words and make something of them, as one kernel. */
export type RandomTask = {
  /** Two key words and two counters. */
  readonly inputs: readonly Atom[];
  readonly outputs: readonly Var[];
  /** Where to write an output that nothing outlives a run, from one run to the next. */
  readonly own: ReadonlyMap<Var, HostData>;
  readonly kernel: RandomKernel;
};

/** What the tasks of a part of a program depend on. */
export type HostContext = {
  readonly constants: ReadonlyMap<Var, HostArray>;
  /** Whether something outside these equations reads a name. */
  readonly isRead: (variable: Var) => boolean;
  /** Whether a name is a result of the program. */
  readonly isResult: (variable: Var) => boolean;
};

const countsUp = (data: HostData): boolean => {
  for (let i = 0; i < data.length; i++) if (data[i] !== i) return false;
  return true;
};

type Part = HostContext & {
  /** Names that count 0, 1, 2, … without being computed. */
  readonly places: ReadonlySet<Atom>;
};

const counterKind = (atom: Atom | undefined, { constants, places }: Part): CounterKind => {
  if (atom === undefined || sizeOf(atom.aval.shape) === 1) return "one";
  const constant = atom.kind === "var" ? constants.get(atom) : undefined;
  const isPlace = places.has(atom) || (constant !== undefined && countsUp(constant.data));
  return isPlace ? "place" : "array";
};

const typeOf = ({ aval }: Atom): KernelType => kernelTypeOf(aval.dtype) ?? "float32";

/** Writes the equations behind the one that draws the words. */
const writeOf =
  (words: readonly Var[], eqns: readonly Eqn[], outputs: readonly Var[]): WriteResults =>
  (steps, made) => {
    const numbers = new Map<Atom, number>(words.map((v, i) => [v, made[i] ?? 0]));
    const read = (atom: Atom): number =>
      atom.kind === "literal" ? steps.constant(typeOf(atom), atom.value) : (numbers.get(atom) ?? 0);
    for (const eqn of eqns) {
      const [out] = eqn.outputs;
      const value = stepRules[eqn.primitive.name]?.(steps, eqn.inputs.map(read), eqn);
      if (out !== undefined && value !== undefined) numbers.set(out, value);
    }
    return outputs.map((v): RandomResult => ({ value: read(v), dtype: typeOf(v) }));
  };

const randomTask = ([first, ...rest]: readonly Eqn[], context: Part): RandomTask | undefined => {
  const layout = first && randomLayout(first.inputs.map((a) => a.aval.shape));
  if (first === undefined || layout === undefined) return undefined;
  const group = new Set([first, ...rest]);
  const outputs = [...group].flatMap((e) => e.outputs).filter((v) => context.isRead(v));
  const [, , high, low] = first.inputs;
  const kinds = [counterKind(high, context), counterKind(low, context)] as const;
  const kept = outputs.filter((v) => !context.isResult(v));
  return {
    inputs: first.inputs,
    outputs,
    own: new Map(kept.map((v) => [v, allocate(v.aval.dtype, sizeOf(v.aval.shape))])),
    kernel: randomKernel(kinds, writeOf(first.outputs, rest, outputs)),
  };
};

/** Equations by what `key` makes of them. */
const groupBy = <K>(
  eqns: readonly Eqn[],
  keys: (eqn: Eqn) => readonly K[],
): ReadonlyMap<K, readonly Eqn[]> => {
  const groups = new Map<K, Eqn[]>();
  for (const eqn of eqns)
    for (const key of keys(eqn)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [eqn]);
      else group.push(eqn);
    }
  return groups;
};

/** Puts equations that random words alone lead to into one task with those that draw the words. */
export const hostTasks = (eqns: readonly Eqn[], context: HostContext): readonly HostTask[] => {
  const origins = randomOrigins(eqns);
  const groups = groupBy(eqns, (e) => e.outputs.slice(0, 1).flatMap((v) => origins.get(v) ?? []));
  const readers = groupBy(eqns, (e) => e.inputs.filter((a) => a.kind === "var"));
  const isReadBy = (v: Var, matches: (reader: Eqn) => boolean): boolean =>
    context.isRead(v) || readers.get(v)?.some(matches) === true;
  const tasks = new Map<Eqn, RandomTask>();
  const places = new Set(eqns.filter(isCounting).flatMap((e) => e.outputs));
  for (const [first, group] of groups) {
    const own = new Set(group);
    const isRead = (v: Var): boolean => hasElements(v) && isReadBy(v, (reader) => !own.has(reader));
    const task = randomTask(group, { ...context, isRead, places });
    if (task !== undefined) tasks.set(first, task);
  }
  const isInTask = (eqn: Eqn): boolean => {
    const origin = eqn.outputs[0] && origins.get(eqn.outputs[0]);
    return origin !== undefined && tasks.has(origin);
  };
  return eqns.flatMap((eqn): readonly HostTask[] => {
    const task = tasks.get(eqn);
    if (task !== undefined) return [{ kind: "random", task }];
    const isNeeded = !isCounting(eqn) || eqn.outputs.some((v) => isReadBy(v, (e) => !isInTask(e)));
    return isInTask(eqn) || !isNeeded ? [] : [{ kind: "equation", eqn }];
  });
};
