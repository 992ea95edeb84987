import type { Storage } from "../emit/arrays.ts";
import { type Step, storagesOf } from "./step.ts";

/** Where a storage is when the program runs. */
export type Place =
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "constant"; readonly index: number }
  | { readonly kind: "result"; readonly index: number }
  /** Bytes from the start of the state that donated inputs leave to results. */
  | { readonly kind: "state"; readonly offset: number }
  /** Bytes from the start of the memory that lasts while the program runs. */
  | { readonly kind: "scratch"; readonly offset: number };

/** The memory of a program. */
export type Memory = {
  readonly places: ReadonlyMap<Storage, Place>;
  readonly scratchBytes: number;
  readonly stateBytes: number;
  /** For each input: its offset in the state, where it is part of it. */
  readonly stateInputs: ReadonlyMap<number, number>;
};

/** What memory is planned for. */
export type MemoryTask = {
  readonly steps: readonly Step[];
  readonly inputs: readonly Storage[];
  readonly constants: readonly Storage[];
  readonly results: readonly Storage[];
  /** Results by the input whose place they may take. */
  readonly inPlace: ReadonlyMap<Storage, number>;
};

/** Bindings start at multiples of this. */
const alignment = 256;

/** Bytes rounded up to where a binding may start. */
export const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;
/** Bytes that a storage takes, at least the 16 that a vec4 needs. */
export const bytesOf = ({ element, size }: Storage): number =>
  Math.max(16, Math.ceil((size * (element === "f16" ? 2 : 4)) / 4) * 4);

type Interval = { readonly storage: Storage; readonly first: number; last: number };

const intervalsOf = (steps: readonly Step[], isScratch: (s: Storage) => boolean): Interval[] => {
  const intervals = new Map<Storage, Interval>();
  steps.forEach((step, at) => {
    for (const storage of storagesOf(step)) {
      const known = intervals.get(storage);
      if (known !== undefined) known.last = at;
      else if (isScratch(storage)) intervals.set(storage, { storage, first: at, last: at });
    }
  });
  return [...intervals.values()];
};

type Placed = Interval & { readonly offset: number; readonly end: number };

/** Lowest offset where `bytes` fit between what is alive at the same time. */
const fit = (bytes: number, alive: readonly Placed[]): number => {
  const sorted = [...alive].sort((a, b) => a.offset - b.offset);
  let best = { offset: Infinity, waste: Infinity };
  let from = 0;
  for (const other of sorted) {
    const room = other.offset - from;
    if (room >= bytes && room - bytes < best.waste) best = { offset: from, waste: room - bytes };
    from = Math.max(from, other.end);
  }
  return best.offset === Infinity ? from : best.offset;
};

/** Gives storage that is never needed at the same time the same place, the largest first. */
const placeScratch = (
  intervals: readonly Interval[],
): { readonly placed: readonly Placed[]; readonly bytes: number } => {
  const placed: Placed[] = [];
  const bySize = [...intervals].sort((a, b) => bytesOf(b.storage) - bytesOf(a.storage));
  for (const interval of bySize) {
    const bytes = aligned(bytesOf(interval.storage));
    const alive = placed.filter((p) => p.first <= interval.last && interval.first <= p.last);
    const offset = fit(bytes, alive);
    placed.push({ ...interval, offset, end: offset + bytes });
  }
  return { placed, bytes: Math.max(0, ...placed.map((p) => p.end)) };
};

/** Plans where each storage of a program is. */
export const planMemory = (task: MemoryTask): Memory => {
  const places = new Map<Storage, Place>();
  const stateInputs = new Map<number, number>();
  let stateBytes = 0;
  for (const [result, index] of task.inPlace) {
    const input = task.inputs[index];
    if (input === undefined) continue;
    const place: Place = { kind: "state", offset: stateBytes };
    stateInputs.set(index, stateBytes);
    places.set(result, place).set(input, place);
    stateBytes += aligned(bytesOf(input));
  }
  const put = (list: readonly Storage[], kind: "input" | "constant" | "result"): void =>
    list.forEach((storage, index) => {
      if (!places.has(storage)) places.set(storage, { kind, index });
    });
  put(task.inputs, "input");
  put(task.constants, "constant");
  put(task.results, "result");
  const { placed, bytes } = placeScratch(intervalsOf(task.steps, (s) => !places.has(s)));
  for (const { storage, offset } of placed) places.set(storage, { kind: "scratch", offset });
  return { places, scratchBytes: bytes, stateBytes, stateInputs };
};
