import {
  ArgumentError,
  checkpoint,
  concatenate,
  ones,
  scan,
  ShapeError,
  type Tensor,
  zeros,
} from "@adjoint/core";
import { checkSize } from "../internal/check.ts";
import { checkRecords, checkTensors } from "../internal/check-tensors.ts";
import { checkMask } from "./counted.ts";
import { crossEntropy, type CrossEntropyOptions } from "./cross-entropy.ts";
import { checkReduction } from "./reduction.ts";

const name = "chunkedCrossEntropy";

/** Settings of `chunkedCrossEntropy`. */
export type ChunkedCrossEntropyOptions = CrossEntropyOptions & {
  /** Scores (n, V) of n places from what the model has there (n, C). */
  readonly head: (hidden: Tensor) => Tensor;
  /** Places whose logits are in memory at a time; default 1024. */
  readonly chunkSize?: number;
};

/** The last row of x, `count` times. */
const lastRows = (x: Tensor, count: number): Tensor => {
  const [rows = 0, ...rest] = x.shape;
  const last = x.slice([rows - 1, ...rest.map(() => 0)], [rows, ...rest]);
  return last.broadcastTo([count, ...rest]);
};

/** Rows (N, ...) as chunks (N / size, size, ...), filled up by what `filling` gives for a number of rows. */
const inChunks = (x: Tensor, size: number, filling: (count: number) => Tensor): Tensor => {
  const [rows = 0, ...rest] = x.shape;
  const chunks = Math.ceil(rows / size);
  const missing = chunks * size - rows;
  const whole = missing === 0 ? x : concatenate([x, filling(missing)], 0);
  return whole.reshape([chunks, size, ...rest]);
};

/**
 * Cross entropy of head(hidden) without ever holding all logits: the places go through the head chunk by chunk, in
 * reverse mode again. hidden (..., C) and int32 targets (...) give a scalar, or (...) without a reduction; the same
 * numbers as `crossEntropy(head(hidden), targets)`. Parameters that `head` closes over get their gradients.
 * Throws ShapeError when hidden and targets do not fit, and as `crossEntropy` does.
 * @see https://arxiv.org/abs/2411.09009
 *
 * ```ts doctest
 * import { ones, tensor } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { chunkedCrossEntropy, linear } from "@adjoint/nn";
 * const params = linear.init(key(0), { inFeatures: 4, outFeatures: 50 });
 * const targets = tensor([3, 1, 4, 1, 5], { dtype: "int32" });
 * const head = (h: ReturnType<typeof ones>) => linear.apply(params, h);
 * chunkedCrossEntropy(ones([5, 4]), targets, { head, chunkSize: 2 }).shape; // => []
 * ```
 */
export const chunkedCrossEntropy = (
  hidden: Tensor,
  targets: Tensor,
  options: ChunkedCrossEntropyOptions,
): Tensor => {
  checkOperands(hidden, targets, options);
  const { head, chunkSize = 1024, reduction = "mean", mask, ignoreIndex, ...rest } = options;
  const count = targets.size;
  const bound = checkSize(name, "chunkSize", chunkSize);
  if (count === 0) return crossEntropy(head(hidden), targets, { ...rest, reduction });
  const size = Math.min(bound, count);
  const [rows, classes] = [hidden.reshape([count, hidden.shape.at(-1) ?? 1]), targets.flatten()];
  const weights = weightsOf(targets, mask, ignoreIndex).flatten();
  const xs = {
    // real rows: a head need not have a derivative at 0
    h: inChunks(rows, size, (missing) => lastRows(rows, missing)),
    t: inChunks(classes, size, (missing) => lastRows(classes, missing)),
    w: inChunks(weights, size, (missing) => zeros([missing])),
  };
  // nothing of a chunk is kept for reverse mode but its operands
  const lossesOf = checkpoint(({ h, t, w }: typeof xs): Tensor =>
    crossEntropy(head(h), t, { ...rest, reduction: "none", mask: w }),
  );
  const [, each] = scan((_: null, chunk: typeof xs) => [_, lossesOf(chunk)] as const, null, xs);
  const losses = each.flatten().slice([0], [count]).reshape(targets.shape);
  if (reduction !== "mean") return reduction === "sum" ? losses.sum() : losses;
  const counted = xs.w.sum().cast(losses.dtype);
  return losses.sum().div(counted.equal(0).where(1, counted));
};

/** 1, or the weight, where a place counts; 0 elsewhere. */
const weightsOf = (
  targets: Tensor,
  mask: Tensor | undefined,
  ignoreIndex: number | undefined,
): Tensor => {
  const given =
    mask === undefined ? ones(targets.shape) : mask.cast("float32").broadcastTo(targets.shape);
  return ignoreIndex === undefined ? given : given.mul(targets.notEqual(ignoreIndex));
};

const checkOperands = (
  hidden: Tensor,
  targets: Tensor,
  options: ChunkedCrossEntropyOptions,
): void => {
  checkTensors(name, { hidden, targets });
  checkRecords(name, { options });
  const { head, reduction = "mean", mask } = options;
  checkReduction(name, reduction);
  if (typeof head !== "function")
    throw new ArgumentError({
      operation: name,
      rule: "head must be a function from what the model has to scores",
      got: typeof head,
    });
  const rows = hidden.shape.slice(0, -1);
  const fits = hidden.rank === targets.rank + 1 && rows.every((d, i) => d === targets.shape[i]);
  if (!fits)
    throw new ShapeError({
      operation: name,
      rule: "takes hidden (..., C) and targets (...)",
      got: `[${hidden.shape.join()}] and [${targets.shape.join()}]`,
    });
  checkMask(name, mask, targets.shape);
};
