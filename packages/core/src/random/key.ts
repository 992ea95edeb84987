import { ArgumentError } from "../errors.ts";
import { at } from "../host-array.ts";
import { formatAval } from "../ir/aval.ts";
import { bind } from "../primitives/primitive.ts";
import { threefryP } from "../primitives/threefry.ts";
import { xorP } from "../primitives/binary.ts";
import { fromData } from "../ops/creation.ts";
import { iota } from "../ops/ranges.ts";
import { stack } from "../ops/join.ts";
import { applyPlain, isTensor } from "../ops/operand.ts";
import { checkShape, type Shape, sizeOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { tuple, type Tuple } from "../internal/tuple.ts";

/**
 * A random key: two uint32 words. It is an ordinary tensor, so it goes through trees, `jit`, `vmap` and `scan`.
 * Samplers are pure functions of it: the same key gives the same numbers, so use each key once and `split` for more.
 */
export type Key = Tensor;

const word = (x: number): number => {
  if (Number.isSafeInteger(x)) return ((x % 2 ** 32) + 2 ** 32) % 2 ** 32;
  throw new ArgumentError({
    operation: "random",
    rule: "seeds and fold-in data must be whole numbers",
    got: `${x}`,
  });
};

/**
 * The key of a seed, the same as `jax.random.key` with 64-bit types off: seeds count modulo 2^32.
 *
 * ```ts doctest
 * import { key } from "@adjoint/core/random";
 * await key(42).toArray(); // => [0, 42]
 * ```
 */
export const key = (seed: number | Tensor): Key =>
  isTensor(seed)
    ? stack([Tensor.literal(0, "uint32").broadcastTo(seed.shape), seed.cast("uint32")], -1)
    : fromData(Uint32Array.of(0, word(seed)), [2]);

/** The two words of a key as numbers. */
export const keyData = async (of: Key): Promise<readonly [number, number]> => {
  const data = await checkKey("keyData", of).data();
  return [at(data, 0), at(data, 1)];
};

const checkKey = (operation: string, value: Key): Key => {
  if (isTensor(value) && value.dtype === "uint32" && value.rank === 1 && value.shape[0] === 2)
    return value;
  throw new ArgumentError({
    operation,
    rule: "needs one key, a uint32[2] tensor",
    got: isTensor(value) ? formatAval(value.aval) : typeof value,
    fix: "make it with key(seed); of several keys take one with unstack, or vmap over them",
  });
};

/** Hashes pairs of counter words under a key. */
export const hash = (
  operation: string,
  of: Key,
  high: Tensor,
  low: Tensor,
): readonly [Tensor, Tensor] => {
  const checked = checkKey(operation, of);
  const half = (i: number): Tensor => checked.slice([i], [i + 1]).reshape([]);
  const [y0, y1] = bind(threefryP, [half(0), half(1), high, low], {});
  if (y0 === undefined || y1 === undefined)
    throw new ArgumentError({ operation, rule: "the hash gives two words" });
  return [y0, y1];
};

/** Hashes the counters 0, 1, 2, … to `shape`. A tensor has fewer than 2^31 elements, so the high word is 0. */
export const hashCounters = (
  operation: string,
  of: Key,
  shape: Shape,
): readonly [Tensor, Tensor] => {
  const n = sizeOf(checkShape(operation, shape));
  const [y0, y1] = hash(
    operation,
    of,
    Tensor.literal(0, "uint32"),
    iota([n], 0, { dtype: "uint32" }),
  );
  return [y0.reshape(shape), y1.reshape(shape)];
};

/**
 * Independent new keys, stacked: `count` of them (2 when absent) give uint32[count, 2], a shape gives that shape.
 * The first ones do not depend on how many are asked for. To get them apart as a tuple, see `splitTuple`.
 *
 * ```ts doctest
 * import { key, split } from "@adjoint/core/random";
 * split(key(0), 3).shape; // => [3, 2]
 * ```
 */
export const split = (of: Key, count: number | Shape = 2): Tensor =>
  stack(hashCounters("split", of, typeof count === "number" ? [count] : count), -1);

/**
 * Independent new keys as a tuple, to be taken apart: the rows of `split`.
 *
 * ```ts doctest
 * import { key, normal, splitTuple } from "@adjoint/core/random";
 * const [forWeights, forBias] = splitTuple(key(0), 2);
 * [normal(forWeights, [3]).shape, normal(forBias).shape]; // => [[3], []]
 * ```
 */
export const splitTuple = <const N extends number>(of: Key, count: N): Tuple<Key, N> => {
  const keys = split(of, count);
  return tuple(count, (i) => keys.slice([i, 0], [i + 1, 2]).reshape([2]));
};

/**
 * A new key from a key and a number, such as a step or layer index (modulo 2^32); a tensor may be given.
 *
 * ```ts doctest
 * import { foldIn, key } from "@adjoint/core/random";
 * await foldIn(key(0), 1).toArray(); // => [928981903, 3453687069]
 * ```
 */
export const foldIn = (of: Key, data: number | Tensor): Key => {
  const low = isTensor(data) ? data.cast("uint32") : Tensor.literal(word(data), "uint32");
  return stack(hash("foldIn", of, Tensor.literal(0, "uint32"), low), -1);
};

/** 32 random bits for each element of `shape`, as uint32. */
export const bits = (of: Key, shape: Shape = []): Tensor => {
  const [y0, y1] = hashCounters("bits", of, shape);
  return applyPlain(xorP, y0, y1);
};
