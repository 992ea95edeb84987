const word = new DataView(new ArrayBuffer(4));

/** Repeatable random numbers from 0 to 1 (a linear congruential generator). */
export const randomOf = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

/** Numbers where functions of floats have their special cases; no subnormal ones, which devices may flush. */
export const specialFloats: readonly number[] = [
  ...[0, 0.5, 1, 1.5, 2, 2.5, 3, 7, 17.25, 88.7, 88.8, 89.2, 90, 100, 104, 110, 126, 127, 128, 150],
  ...[
    1e-30, 1e-10, 1e-5, 0.1, 0.25, 0.2929, 0.4143, 0.75, 0.999_999_94, 1.000_000_1, 255,
    8_388_607.5,
  ],
  ...[
    16_777_215, 16_777_216, 2_147_483_520, 2_147_483_648, 4_294_967_040, 4_294_967_296, 1e19, 3e38,
  ],
  ...[3.402_823_466_385_288_6e38, 1.175_494_350_822_287_5e-38, Number.POSITIVE_INFINITY],
]
  .flatMap((x) => [x, -x])
  .concat(Number.NaN)
  .map(Math.fround);

/** Floats of every exponent and both signs. */
export const wideFloats = (count: number, seed = 1): readonly number[] => {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => {
    const sign = random() < 0.5 ? 0x8000_0000 : 0;
    const exponent = 1 + Math.floor(random() * 254);
    word.setUint32(0, sign + exponent * 2 ** 23 + Math.floor(random() * 2 ** 23));
    return word.getFloat32(0);
  });
};

/** Floats spread evenly from `low` to `high`. */
export const between = (low: number, high: number, count: number, seed = 2): readonly number[] => {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => Math.fround(low + (high - low) * random()));
};

/** Integers where operations on 32 bits have their special cases, as int32. */
export const specialIntegers: readonly number[] = [
  ...[0, 1, 2, 3, 5, 7, 31, 32, 33, 255, 65_535, 65_536, 16_777_217, 2 ** 30, 2 ** 31 - 1],
].flatMap((x) => [x, -x, ~x]);

/** Every pair of two lists. */
export const pairs = (
  a: readonly number[],
  b: readonly number[],
): readonly [readonly number[], readonly number[]] => [
  a.flatMap((x) => b.map(() => x)),
  a.flatMap(() => b),
];

const smallestNormal = 2 ** -126;

/** Distance between floats next to `x`. */
const spacing = (x: number): number =>
  2 ** (Math.min(Math.max(Math.floor(Math.log2(Math.abs(x))), -126), 127) - 23);

/**
 * How far `got` is from the exact value, in units in the last place; infinite when one is NaN, infinite or a signed zero and the other is not.
 * What is within `flushed` of a subnormal number may be anything that small, for devices flush those.
 */
export const ulps = (got: number, exact: number, flushed: number = smallestNormal): number => {
  const expected = Math.fround(exact);
  if (Object.is(got, expected)) return 0;
  if (expected !== 0 && Math.abs(got - exact) <= flushed) return 0;
  if (!Number.isFinite(expected) || !Number.isFinite(got) || expected === 0)
    return Number.POSITIVE_INFINITY;
  return Math.abs(got - exact) / spacing(expected);
};
