import {
  ArgumentError,
  fromData,
  jit,
  referenceBackend,
  type Tensor,
  withBackend,
} from "@adjoint/core";
import { foldIn, type Key, randint } from "@adjoint/core/random";

/** Tokens and what follows each of them: both int32 (B, T). Targets of -1 do not count. */
export type Batch = { readonly inputs: Tensor; readonly targets: Tensor };

/** Sizes of batches: examples and tokens each. */
export type WindowOptions = { readonly batchSize: number; readonly blockSize: number };

const isCount = (n: number): boolean => Number.isSafeInteger(n) && n > 0;

const check = (
  operation: string,
  tokens: Int32Array,
  least: number,
  options: WindowOptions,
): void => {
  const { batchSize, blockSize } = options;
  if (!isCount(batchSize) || !isCount(blockSize))
    throw new ArgumentError({
      operation,
      rule: "batchSize and blockSize must be whole numbers of at least 1",
      got: `${batchSize} and ${blockSize}`,
    });
  if (tokens.length < least)
    throw new ArgumentError({
      operation,
      rule: `needs at least ${least} tokens`,
      got: `${tokens.length}`,
      fix: "use more text or a smaller block",
    });
};

/** The batch of the windows that begin at `starts`; rows that are left over, and what lies past the end, do not count. */
const batchAt = (tokens: Int32Array, starts: ArrayLike<number>, options: WindowOptions): Batch => {
  const { batchSize, blockSize } = options;
  const inputs = new Int32Array(batchSize * blockSize);
  const targets = new Int32Array(batchSize * blockSize).fill(-1);
  for (let row = 0; row < starts.length; row++) {
    const start = starts[row] ?? 0;
    inputs.set(tokens.subarray(start, start + blockSize), row * blockSize);
    targets.set(tokens.subarray(start + 1, start + blockSize + 1), row * blockSize);
  }
  const shape = [batchSize, blockSize];
  return { inputs: fromData(inputs, shape), targets: fromData(targets, shape) };
};

const randomStarts = /* @__PURE__ */ jit(
  (key: Key, step: Tensor, count: number, limit: number): Tensor =>
    randint(foldIn(key, step), [count], 0, limit),
  { staticArgnums: [2, 3], name: "randomStarts" },
);

/** Random numbers come from the reference backend, where they can be read at once. */
const drawStarts = (key: Key, step: number, count: number, limit: number): ArrayLike<number> =>
  withBackend(referenceBackend, () =>
    randomStarts(key, fromData(Uint32Array.of(step), []), count, limit).dataSync(),
  );

/**
 * The random batch of one training step: windows of `blockSize` tokens, targets one token later. A pure function of
 * `key` and `step`, so a resumed run sees the batches it would have seen. Throws ArgumentError for too few tokens,
 * and for numbers that are not whole or out of range.
 *
 * ```ts doctest
 * import { key } from "@adjoint/core/random";
 * import { sampleWindows } from "@adjoint/recipes";
 * const tokens = Int32Array.from({ length: 100 }, (_, i) => i);
 * const { inputs, targets } = sampleWindows(tokens, key(0), 3, { batchSize: 2, blockSize: 4 });
 * inputs.shape; // => [2, 4]
 * await targets.sub(inputs).max().item(); // => 1
 * ```
 */
export const sampleWindows = (
  tokens: Int32Array,
  key: Key,
  step: number,
  options: WindowOptions,
): Batch => {
  check("sampleWindows", tokens, options.blockSize + 1, options);
  if (!Number.isSafeInteger(step) || step < 0)
    throw new ArgumentError({
      operation: "sampleWindows",
      rule: "step must be a whole number of at least 0",
      got: `${step}`,
    });
  const limit = tokens.length - options.blockSize;
  return batchAt(tokens, drawStarts(key, step, options.batchSize, limit), options);
};

/**
 * All tokens once, in order, as disjoint windows: every token but the first is a target exactly once. The last batch
 * is filled up with targets of -1. Throws ArgumentError for fewer than two tokens and for sizes that are not positive.
 *
 * ```ts doctest
 * import { disjointWindows } from "@adjoint/recipes";
 * const [batch] = disjointWindows(Int32Array.of(5, 6, 7, 8), { batchSize: 2, blockSize: 2 });
 * await batch?.inputs.toArray(); // => [[5, 6], [7, 8]]
 * await batch?.targets.toArray(); // => [[6, 7], [8, -1]]
 * ```
 */
export const disjointWindows = (
  tokens: Int32Array,
  options: WindowOptions,
): Generator<Batch, void, undefined> => {
  check("disjointWindows", tokens, 2, options);
  return windowsOf(tokens, options);
};

function* windowsOf(tokens: Int32Array, options: WindowOptions): Generator<Batch, void, undefined> {
  const { batchSize, blockSize } = options;
  const span = batchSize * blockSize;
  for (let first = 0; first < tokens.length - 1; first += span)
    yield batchAt(
      tokens,
      Array.from({ length: batchSize }, (_, row) => first + row * blockSize),
      options,
    );
}
