import { ArgumentError } from "@adjoint/core";
import { createDataset, type Step } from "../dataset/create-dataset.ts";
import type { Dataset, DatasetState } from "../dataset/dataset.ts";
import { permutation } from "../dataset/internal/permutation.ts";
import {
  foldKey,
  indexAt,
  type KeyLike,
  keyWords,
  type KeyWords,
} from "../dataset/internal/random.ts";
import { stateCount, stateFields } from "../dataset/internal/read-state.ts";
import { wholeNumber } from "../dataset/internal/settings.ts";
import type { TokenStore } from "../tokens/token-store.ts";
import { ignoreIndex as defaultIgnoreIndex } from "./ignore-index.ts";

/** Tokens in one line that can be read at any place; a `TokenStore` is one, `tokensOf` makes one of an array. */
export type TokenLine = Pick<TokenStore, "tokenCount" | "tokens">;

/**
 * Tokens in memory as a line.
 *
 * ```ts doctest
 * import { tokensOf } from "@adjoint/data";
 * [...(await tokensOf(Int32Array.of(1, 2, 3)).tokens(1, 2))]; // => [2, 3]
 * ```
 */
export const tokensOf = (ids: Int32Array): TokenLine => ({
  tokenCount: ids.length,
  tokens: (start, length) => Promise.resolve(ids.slice(start, start + length)),
});

/** Windows and what follows each of their tokens; both (B, T) in row-major order. */
export type WindowBatch = {
  readonly shape: readonly [number, number];
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  /** Targets that count. */
  readonly trainedTokens: number;
};

/** Settings of `causalWindows`. */
export type CausalWindowOptions = {
  /** Windows of a batch, B. */
  readonly batchSize: number;
  /** Inputs of a window, T. */
  readonly blockSize: number;
  /**
   * `random`: starts drawn anew for every row, without end, as nanoGPT and cs336 draw them. `shuffled`: every window
   * once, in random order. `sequential` (when absent): every window once, in order.
   */
  readonly order?: "random" | "shuffled" | "sequential";
  /** A seed, or a key of core; needed for `random` and `shuffled`. */
  readonly key?: KeyLike;
  /** Tokens from one window's start to the next one's, unless `random`; `blockSize` when absent, 1 for every window. */
  readonly stride?: number;
  /** The target of places that do not count, behind the last token; -100 when absent. */
  readonly ignoreIndex?: number;
};

/** Whether each window begins within the one before it, or where that ends. */
const follow = (starts: readonly number[], length: number): boolean =>
  starts.every((start, i) => {
    const before = starts[i - 1] ?? start;
    return start >= before && start <= before + length;
  });

/** The tokens of windows, each as far as there are tokens; windows that follow each other are parts of one read. */
async function* readWindows(
  line: TokenLine,
  starts: readonly number[],
  length: number,
): AsyncGenerator<Int32Array> {
  const endOf = (start = 0): number => Math.min(start + length, line.tokenCount);
  const [first = 0] = starts;
  const all = follow(starts, length)
    ? await line.tokens(first, endOf(starts.at(-1)) - first)
    : undefined;
  for (const start of starts)
    yield (
      all?.subarray(start - first, endOf(start) - first) ??
      (await line.tokens(start, endOf(start) - start))
    );
}

/** The batch of the windows that begin at `starts`; what lies past the end does not count. */
const batchAt = async (
  line: TokenLine,
  starts: readonly number[],
  blockSize: number,
  ignoreIndex: number,
): Promise<WindowBatch> => {
  const size = starts.length * blockSize;
  const [inputs, targets] = [new Int32Array(size), new Int32Array(size).fill(ignoreIndex)];
  let trainedTokens = 0;
  let place = 0;
  for await (const ids of readWindows(line, starts, blockSize + 1)) {
    inputs.set(ids.subarray(0, blockSize), place);
    targets.set(ids.subarray(1), place);
    trainedTokens += ids.length - 1;
    place += blockSize;
  }
  return { shape: [starts.length, blockSize], inputs, targets, trainedTokens };
};

const check = (line: TokenLine, options: CausalWindowOptions): void => {
  const { batchSize, blockSize, stride = blockSize, order = "sequential", key } = options;
  wholeNumber("causalWindows", "batchSize", batchSize, 1);
  wholeNumber("causalWindows", "blockSize", blockSize, 1);
  wholeNumber("causalWindows", "stride", stride, 1);
  const least = order === "random" ? blockSize + 1 : 2;
  if (line.tokenCount < least)
    throw new ArgumentError({
      operation: "causalWindows",
      rule: `needs at least ${least} tokens`,
      got: `${line.tokenCount}`,
      fix: "use more text or a smaller block",
    });
  if (order !== "sequential" && key === undefined)
    throw new ArgumentError({ operation: "causalWindows", rule: `order ${order} needs a key` });
};

/** The start of every row of every batch, by the number of the row. */
const startsOf = (
  line: TokenLine,
  { order = "sequential", blockSize, batchSize, stride = blockSize }: CausalWindowOptions,
  key: KeyWords,
): { readonly count: number; readonly startOf: (row: number) => number } => {
  if (order === "random") {
    const limit = line.tokenCount - blockSize;
    const startOf = (row: number): number =>
      indexAt(foldKey(key, Math.floor(row / batchSize)), row % batchSize, limit);
    return { count: Infinity, startOf };
  }
  const count = Math.ceil((line.tokenCount - 1) / stride);
  const place = order === "shuffled" ? permutation(count, key) : (i: number): number => i;
  return { count, startOf: (row) => place(row) * stride };
};

/**
 * Causal language modelling on one line of tokens: batches of windows of `blockSize` tokens, targets one token later.
 * `random` starts are uniform on 0 … tokenCount - blockSize - 1, as in nanoGPT's and cs336's `get_batch`; windows cross
 * documents, as they do there. The other orders give every target but the first once (with the usual stride); the last
 * batch and the last window may be short. Its state is the number of the batch. Reads only what it gives. For tokens
 * that are in memory and batches that are tensors at once, `sampleWindows` and `disjointWindows` of `@adjoint/recipes`
 * do the same; use this for stores, epochs in random order and exact resumption from a state.
 * Throws ArgumentError for too few tokens and sizes that are no counts.
 * @see https://github.com/karpathy/nanoGPT/blob/3adf61e/train.py
 *
 * ```ts doctest
 * import { causalWindows, collect, tokensOf } from "@adjoint/data";
 * const windows = causalWindows(tokensOf(Int32Array.of(5, 6, 7, 8)), { batchSize: 2, blockSize: 2 });
 * const [batch] = await collect(windows);
 * [...(batch?.inputs ?? [])]; // => [5, 6, 7, 8]
 * [...(batch?.targets ?? [])]; // => [6, 7, 8, -100]
 * ```
 */
export const causalWindows = (
  line: TokenLine,
  options: CausalWindowOptions,
): Dataset<WindowBatch> => {
  check(line, options);
  const { batchSize, blockSize, ignoreIndex = defaultIgnoreIndex, key = 0 } = options;
  const words = keyWords("causalWindows", key);
  async function* run(first: number): AsyncGenerator<Step<WindowBatch>> {
    const { count, startOf } = startsOf(line, options, await words());
    for (let step = first; step * batchSize < count; step++) {
      const rows = Math.min(batchSize, count - step * batchSize);
      const starts = Array.from({ length: rows }, (_, row) => startOf(step * batchSize + row));
      const value = await batchAt(line, starts, blockSize, ignoreIndex);
      yield { value, state: { batch: step + 1 } };
    }
  }
  return createDataset((state: DatasetState) =>
    run(stateCount("causalWindows", stateFields("causalWindows", state), "batch")),
  );
};
