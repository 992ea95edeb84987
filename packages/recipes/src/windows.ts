import { ArgumentError, fromData, referenceBackend, type Tensor, withBackend } from "@adjoint/core";
import { foldIn, type Key, randint } from "@adjoint/core/random";

/** Tokens and what follows each of them: both int32 (B, T). Targets of -1 do not count. */
export type Batch = { readonly inputs: Tensor; readonly targets: Tensor };

/** Sizes of batches: examples and tokens each. */
export type WindowOptions = { readonly batchSize: number; readonly blockSize: number };

const checkLength = (operation: string, tokens: Int32Array, blockSize: number): void => {
  if (tokens.length <= blockSize)
    throw new ArgumentError({
      operation,
      rule: `needs more than blockSize (${blockSize}) tokens`,
      got: `${tokens.length}`,
      fix: "use more text or a smaller block",
    });
};

/** A batch from a function giving the token at each place, -1 for padding. */
const batchOf = (
  { batchSize, blockSize }: WindowOptions,
  tokenAt: (row: number, column: number) => number,
): Batch => {
  const inputs = new Int32Array(batchSize * blockSize);
  const targets = new Int32Array(batchSize * blockSize);
  for (let row = 0; row < batchSize; row++)
    for (let column = 0; column < blockSize; column++) {
      const place = row * blockSize + column;
      inputs[place] = Math.max(0, tokenAt(row, column));
      targets[place] = tokenAt(row, column + 1);
    }
  const shape = [batchSize, blockSize];
  return { inputs: fromData(inputs, shape, "int32"), targets: fromData(targets, shape, "int32") };
};

/**
 * The random batch of one training step: windows of `blockSize` tokens, targets one token later. A pure function of
 * `key` and `step`, so a resumed run sees the batches it would have seen. Throws ArgumentError for too few tokens.
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
  checkLength("sampleWindows", tokens, options.blockSize);
  const starts = drawStarts(key, step, options.batchSize, tokens.length - options.blockSize);
  return batchOf(options, (row, column) => tokens[(starts[row] ?? 0) + column] ?? -1);
};

/** Random numbers come from the reference backend, where they can be read at once. */
const drawStarts = (key: Key, step: number, count: number, limit: number): ArrayLike<number> =>
  withBackend(referenceBackend, () => {
    using starts = randint(foldIn(key, step), [count], 0, limit);
    return starts.dataSync();
  });

/**
 * All tokens once, in order, as disjoint windows; the last batch is padded with targets of -1.
 * Every token but the first is a target exactly once.
 */
export function* disjointWindows(tokens: Int32Array, options: WindowOptions): Generator<Batch> {
  checkLength("disjointWindows", tokens, 1);
  const { batchSize, blockSize } = options;
  const span = batchSize * blockSize;
  for (let start = 0; start < tokens.length - 1; start += span)
    yield batchOf(options, (row, column) => tokens[start + row * blockSize + column] ?? -1);
}
