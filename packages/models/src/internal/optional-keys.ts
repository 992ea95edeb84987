import { type Key, splitTuple } from "@adjoint/core/random";

/** `count` keys of a key that is there while training only: without one there are none. */
export const optionalKeys = (key: Key | undefined, count: number): readonly (Key | undefined)[] =>
  key === undefined ? [] : splitTuple<number>(key, count);
