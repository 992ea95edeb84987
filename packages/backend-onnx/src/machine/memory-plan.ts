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

type Stretch = { readonly offset: number; readonly end: number; readonly last: number };

/** Gives every array a place so that no two needed at once overlap; first fit, in the order they are written. */
export const placeArrays = (
  lifetimes: readonly Lifetime[],
  start: number,
): { readonly offsets: ReadonlyMap<Var, number>; readonly end: number } => {
  const offsets = new Map<Var, number>();
  let live: Stretch[] = [];
  let end = start;
  for (const { variable, first, last, bytes } of lifetimes.toSorted((a, b) => a.first - b.first)) {
    live = live.filter((s) => s.last >= first).sort((a, b) => a.offset - b.offset);
    const length = aligned(bytes);
    let offset = start;
    for (const stretch of live) {
      if (stretch.offset - offset >= length) break;
      offset = Math.max(offset, stretch.end);
    }
    offsets.set(variable, offset);
    live.push({ offset, end: offset + length, last });
    end = Math.max(end, offset + length);
  }
  return { offsets, end };
};
