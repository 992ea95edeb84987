import { sizeOf, type Var } from "@adjoint/core/backend";

/** When an array is needed: from the step that writes it to the last that reads it. */
export type Lifetime = {
  readonly variable: Var;
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
};

const alignment = 64;

/** Bytes an array takes. */
export const bytesOf = ({ aval }: Var): number =>
  sizeOf(aval.shape) * (aval.dtype === "bool" ? 1 : 4);

/** Rounds up so that arrays do not share cache lines. */
export const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/** Tasks after which a place is used again; before, threads that are ahead would wait for those that still read it. */
const rest = 5;

/**
 * Gives every array a place so that no two needed at once overlap. A place is used again only by arrays of its size: threads
 * divide those in the same way, so each meets its own part there and need not wait for the others.
 */
export const placeArrays = (
  lifetimes: readonly Lifetime[],
  start: number,
): { readonly offsets: ReadonlyMap<Var, number>; readonly end: number } => {
  const offsets = new Map<Var, number>();
  const free = new Map<number, number[]>();
  let live: { readonly offset: number; readonly bytes: number; readonly last: number }[] = [];
  let end = start;
  for (const { variable, first, last, bytes } of lifetimes.toSorted((a, b) => a.first - b.first)) {
    for (const place of live) {
      if (place.last + rest < first)
        free.set(place.bytes, [...(free.get(place.bytes) ?? []), place.offset]);
    }
    live = live.filter((place) => place.last + rest >= first);
    const reused = free.get(bytes)?.pop();
    const offset = reused ?? end;
    if (reused === undefined) end += aligned(bytes);
    offsets.set(variable, offset);
    live.push({ offset, bytes, last });
  }
  return { offsets, end };
};
