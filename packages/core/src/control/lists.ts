import type { Aval } from "../ir/aval.ts";
import type { Tangent } from "../primitives/primitive.ts";
import type { Tensor } from "../tensor.ts";
import { zerosOf } from "../transforms/linear-program.ts";

/** The elements whose flag is set. */
export const where = <T>(list: readonly T[], flags: readonly boolean[]): readonly T[] =>
  list.filter((_, i) => flags[i] === true);

/** The inverse of `where`: the elements back at the places of the set flags, null elsewhere. */
export const spread = <T>(list: readonly T[], flags: readonly boolean[]): readonly (T | null)[] => {
  let next = 0;
  return flags.map((flag) => (flag ? (list[next++] ?? null) : null));
};

/** Flags turned round. */
export const negate = (flags: readonly boolean[]): readonly boolean[] => flags.map((flag) => !flag);

/** Repeats `next` on flags that only ever turn on, until nothing changes. */
export const fixpoint = (
  start: readonly boolean[],
  next: (flags: readonly boolean[]) => readonly boolean[],
): readonly boolean[] => {
  const wider = next(start).map((flag, i) => flag || start[i] === true);
  return wider.every((flag, i) => flag === start[i]) ? start : fixpoint(wider, next);
};

/** Abstract values of names, atoms or tensors. */
export const avalsOf = (list: readonly { readonly aval: Aval }[]): readonly Aval[] =>
  list.map((v) => v.aval);

/** The tangents that are not zero. */
export const present = (list: readonly Tangent[]): readonly Tensor[] =>
  list.filter((t) => t !== null);

/** Which tangents are not zero. */
export const isSet = (tangents: readonly Tangent[]): readonly boolean[] =>
  tangents.map((t) => t !== null);

/** Tangents with zeros made real. */
export const filled = (tangents: readonly Tangent[], avals: readonly Aval[]): readonly Tensor[] =>
  avals.map((aval, i) => tangents[i] ?? zerosOf(aval));

/** Deals a list out in groups of the given sizes. */
export const groups = <T>(
  list: readonly T[],
  ...sizes: readonly number[]
): readonly (readonly T[])[] => {
  let next = 0;
  return sizes.map((n) => list.slice(next, (next += n)));
};
