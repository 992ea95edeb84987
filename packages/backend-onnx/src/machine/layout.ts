import { dim, type Var } from "@adjoint/core/backend";
import { aligned, bytesOf } from "./memory-plan.ts";
import type { Range } from "./thread-order.ts";
import { unsupported } from "./unsupported.ts";
import type { View } from "./view.ts";

/** A call of a function by name, with its arguments. */
export type Call = { readonly name: string; readonly args: readonly number[] };

/** A call of one thread, and the memory it touches. */
export type Step = {
  readonly thread: number;
  readonly call: Call;
  readonly reads: readonly Range[];
  readonly writes: readonly Range[];
};

/** Where arrays lie in memory, and among how many threads work is divided. */
export class Layout {
  readonly threads: number;
  readonly #offsets: ReadonlyMap<Var, number>;
  readonly #scratch: number;
  readonly #scratchBytes: number;
  #end: number;

  constructor(
    threads: number,
    offsets: ReadonlyMap<Var, number>,
    scratch: { readonly start: number; readonly bytes: number },
  ) {
    this.threads = threads;
    this.#offsets = offsets;
    this.#scratch = scratch.start;
    this.#scratchBytes = scratch.bytes;
    this.#end = scratch.start + threads * scratch.bytes;
  }

  /** Bytes used in all. */
  get end(): number {
    return this.#end;
  }

  /** Memory for sums that threads form apart. */
  partials(bytes: number): number {
    const start = this.#end;
    this.#end += aligned(bytes);
    return start;
  }

  /** Address of a name. */
  at(variable: Var): number {
    return this.#offsets.get(variable) ?? unsupported("a name without memory");
  }

  /** Address of the first element of a view of four-byte elements. */
  start({ base, offset }: View): number {
    return this.at(base) + 4 * offset;
  }

  whole(variable: Var): Range {
    return [this.at(variable), this.at(variable) + bytesOf(variable)];
  }

  /** Memory between the first and the last element of a view of four-byte elements. */
  span(view: View): Range {
    const start = this.start(view);
    const last = view.shape.reduce(
      (sum, size, axis) => sum + (size - 1) * (view.strides[axis] ?? 0),
      0,
    );
    return [start, start + 4 * (last + 1)];
  }

  /** Working memory of a thread. */
  scratch(thread: number): number {
    return this.#scratch + thread * this.#scratchBytes;
  }
}

/** The part of `count` that a thread does, as start and length, in multiples of `unit`. */
export const share = (
  count: number,
  unit: number,
  thread: number,
  threads: number,
): readonly [number, number] => {
  const at = (t: number): number =>
    Math.min(count, Math.round((count / unit) * (t / threads)) * unit);
  return [at(thread), (thread + 1 === threads ? count : at(thread + 1)) - at(thread)];
};

/** Elements `start` to `start + count` of a view along an axis. */
export const partOf = (view: View, axis: number, start: number, count: number): View => ({
  ...view,
  offset: view.offset + start * (view.strides[axis] ?? 0),
  shape: view.shape.map((size, i) => (i === axis ? count : size)),
});

/** Every index of an array of `sizes`, in order. */
export const indicesOf = (sizes: readonly number[]): readonly (readonly number[])[] =>
  sizes.reduce<readonly (readonly number[])[]>(
    (all, _, axis) =>
      all.flatMap((prefix) => Array.from({ length: dim(sizes, axis) }, (_v, i) => [...prefix, i])),
    [[]],
  );

/** The view at an index of its first axes, without them. */
export const viewAt = (view: View, index: readonly number[]): View => ({
  base: view.base,
  offset: index.reduce((sum, i, axis) => sum + i * (view.strides[axis] ?? 0), view.offset),
  shape: view.shape.slice(index.length),
  strides: view.strides.slice(index.length),
});
