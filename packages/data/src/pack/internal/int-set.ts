/** Whole numbers below a size, with the nearest member of a number in a step per 32-fold of that size. */
export type IntSet = {
  readonly add: (value: number) => void;
  readonly remove: (value: number) => void;
  /** The smallest member that is `value` or more, or -1. */
  readonly atLeast: (value: number) => number;
  /** The largest member that is `value` or less, or -1. */
  readonly atMost: (value: number) => number;
};

const lowest = (bits: number): number => 31 - Math.clz32(bits & -bits);
const highest = (bits: number): number => 31 - Math.clz32(bits);

/** Bit i of level 0 says that i is a member; bit i of a higher level, that word i of the level below is not zero. */
const makeLevels = (size: number): Uint32Array[] => {
  const levels = [new Uint32Array(Math.max(1, Math.ceil(size / 32)))];
  for (let top = levels[0]; top !== undefined && top.length > 1; top = levels.at(-1))
    levels.push(new Uint32Array(Math.ceil(top.length / 32)));
  return levels;
};

const word = (levels: readonly Uint32Array[], level: number, i: number): number =>
  levels[level]?.[i] ?? 0;

/** From a member of `level` down to the first (or last) number below it. */
const descend = (
  levels: readonly Uint32Array[],
  level: number,
  from: number,
  pick: (bits: number) => number,
): number => {
  let place = from;
  for (let below = level - 1; below >= 0; below--)
    place = place * 32 + pick(word(levels, below, place));
  return place;
};

const findUp = (levels: readonly Uint32Array[], size: number, value: number): number => {
  let place = Math.max(0, value);
  if (place >= size) return -1;
  for (let level = 0; level < levels.length; level++) {
    const bits = word(levels, level, place >>> 5) & (-1 << (place & 31));
    if (bits !== 0) return descend(levels, level, (place & ~31) + lowest(bits), lowest);
    place = (place >>> 5) + 1;
    if (place >= (levels[level]?.length ?? 0)) return -1;
  }
  return -1;
};

const findDown = (levels: readonly Uint32Array[], size: number, value: number): number => {
  let place = Math.min(size - 1, value);
  for (let level = 0; level < levels.length && place >= 0; level++) {
    const bits = word(levels, level, place >>> 5) & (-1 >>> (31 - (place & 31)));
    if (bits !== 0) return descend(levels, level, (place & ~31) + highest(bits), highest);
    place = (place >>> 5) - 1;
  }
  return -1;
};

/** An empty set of whole numbers from 0 to `size` - 1. */
export const intSet = (size: number): IntSet => {
  const levels = makeLevels(size);
  const add = (value: number): void => {
    let place = value;
    for (const level of levels) {
      level[place >>> 5] = word([level], 0, place >>> 5) | (1 << (place & 31));
      place >>>= 5;
    }
  };
  const remove = (value: number): void => {
    let place = value;
    for (const level of levels) {
      const left = word([level], 0, place >>> 5) & ~(1 << (place & 31));
      level[place >>> 5] = left;
      if (left !== 0) return;
      place >>>= 5;
    }
  };
  return {
    add,
    remove,
    atLeast: (value) => findUp(levels, size, value),
    atMost: (value) => findDown(levels, size, value),
  };
};
