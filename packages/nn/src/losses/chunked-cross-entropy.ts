import { ArgumentError, checkpoint, ones, pad, scan, ShapeError, type Tensor } from "@adjoint/core";
import { checkSize } from "../internal/check.ts";
import { crossEntropy, type CrossEntropyOptions } from "./cross-entropy.ts";

/** Settings of `chunkedCrossEntropy`. */
export type ChunkedCrossEntropyOptions = CrossEntropyOptions & {
  /** Scores (n, V) of n places from what the model has there (n, C). */
  readonly head: (hidden: Tensor) => Tensor;
  /** Places whose logits are in memory at a time; default 1024. */
  readonly chunkSize?: number;
};

/** Rows (N, ...) as chunks (N / size, size, ...), padded with zeros. */
const inChunks = (x: Tensor, size: number): Tensor => {
  const [rows = 0, ...rest] = x.shape;
  const chunks = Math.ceil(rows / size);
  const missing = chunks * size - rows;
  const whole = missing === 0 ? x : pad(x, [[0, missing], ...rest.map(() => [0, 0] as const)]);
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
  const { head, chunkSize = 1024, reduction = "mean", mask, ignoreIndex, ...rest } = options;
  checkOperands(hidden, targets, mask);
  const count = targets.size;
  const size = Math.min(checkSize("chunkedCrossEntropy", "chunkSize", chunkSize), count);
  const xs = {
    h: inChunks(hidden.reshape([count, hidden.shape.at(-1) ?? 1]), size),
    t: inChunks(targets.reshape([count]), size),
    w: inChunks(weightsOf(targets, mask, ignoreIndex).reshape([count]), size),
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

const checkOperands = (hidden: Tensor, targets: Tensor, mask: Tensor | undefined): void => {
  const rows = hidden.shape.slice(0, -1);
  const fits = hidden.rank === targets.rank + 1 && rows.every((d, i) => d === targets.shape[i]);
  if (!fits)
    throw new ShapeError({
      operation: "chunkedCrossEntropy",
      rule: "takes hidden (..., C) and targets (...)",
      got: `[${hidden.shape.join()}] and [${targets.shape.join()}]`,
    });
  if (targets.size === 0)
    throw new ArgumentError({
      operation: "chunkedCrossEntropy",
      rule: "needs at least one place",
      got: `targets [${targets.shape.join()}]`,
    });
  const extra = targets.rank - (mask?.rank ?? 0);
  if (mask !== undefined && !mask.shape.every((d, i) => d === 1 || d === targets.shape[extra + i]))
    throw new ShapeError({
      operation: "chunkedCrossEntropy",
      rule: "mask must broadcast to the targets",
      got: `mask [${mask.shape.join()}] for targets [${targets.shape.join()}]`,
    });
};
