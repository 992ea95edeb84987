import {
  ArgumentError,
  arange,
  concatenate,
  ShapeError,
  type Tensor,
  type TensorLike,
} from "@adjoint/core";
import { checkTensors } from "../internal/check-tensors.ts";
import { countedPlaces, selected } from "./counted.ts";
import { crossEntropy } from "./cross-entropy.ts";
import { isHalf, widened } from "../internal/half-precision.ts";
import { type ReductionOptions, reduceLosses } from "./reduction.ts";

const refuse = (operation: string, rule: string, tensors: readonly Tensor[]): never => {
  throw new ShapeError({
    operation,
    rule,
    got: tensors.map(({ shape }) => `[${shape.join()}]`).join(" and "),
  });
};

/** Vectors of length 1 along the last axis; a zero vector stays zero. `eps` bounds the length that is divided by. */
const normalized = (x: Tensor, eps: number = 1e-12): Tensor => {
  const squared = x.mul(x).sum(-1, { keepDims: true });
  const safe = squared.greater(eps * eps).where(squared, eps * eps);
  return x.mul(safe.rsqrt());
};

/** Settings of `infoNce`. */
export type InfoNceOptions = ReductionOptions & {
  /** What similarities are divided by; default 0.1. */
  readonly temperature?: TensorLike;
  /** Further vectors (M, C), none of which is a partner. */
  readonly negatives?: Tensor;
  /** Whether vectors are brought to length 1 first; true when absent. */
  readonly normalize?: boolean;
};

/**
 * InfoNCE: queries (N, C) find their partners among keys (N, C), row i the partner of row i and all others negatives;
 * the mean of N cross entropies, in float32 for half precision. Throws ShapeError when the shapes do not fit.
 * @see https://arxiv.org/abs/1807.03748
 *
 * ```ts doctest
 * import { eye } from "@adjoint/core";
 * import { infoNce } from "@adjoint/nn";
 * await infoNce(eye(2), eye(2), { temperature: 1 }).item(); // => 0.3133
 * ```
 */
export const infoNce = (
  queries: Tensor,
  keys: Tensor,
  { temperature = 0.1, negatives, normalize = true, ...options }: InfoNceOptions = {},
): Tensor => {
  checkTensors("infoNce", { queries, keys, ...(negatives === undefined ? {} : { negatives }) });
  const fits =
    queries.rank === 2 && keys.rank === 2 && queries.shape.every((d, i) => d === keys.shape[i]);
  if (!fits) refuse("infoNce", "takes queries and keys (N, C) of the same shape", [queries, keys]);
  if (negatives !== undefined && (negatives.rank !== 2 || negatives.shape[1] !== queries.shape[1]))
    refuse("infoNce", "takes negatives (M, C) as wide as the queries", [negatives, queries]);
  // squares and products of 16 bits overflow
  const unit = (x: Tensor): Tensor => (normalize ? normalized(widened(x)) : widened(x));
  const all = negatives === undefined ? keys : concatenate([keys, negatives], 0);
  const counted = countedPlaces("infoNce", options.mask, queries.shape.slice(0, 1));
  const logits = unit(selected(queries, counted)).matmul(unit(all).transpose()).div(temperature);
  return crossEntropy(logits, arange(queries.shape[0] ?? 0, { dtype: "int32" }), options);
};

/**
 * CLIP's loss: the mean of `infoNce` from images to texts and from texts to images, both (N, C), similarities multiplied
 * by exp(logitScale), in float32 for half precision. Throws ShapeError when the shapes do not fit.
 * @see https://arxiv.org/abs/2103.00020
 *
 * ```ts doctest
 * import { eye } from "@adjoint/core";
 * import { clipLoss } from "@adjoint/nn";
 * await clipLoss(eye(2), eye(2), 0).item(); // => 0.3133
 * ```
 */
export const clipLoss = (
  images: Tensor,
  texts: Tensor,
  logitScale: TensorLike,
  options: ReductionOptions = {},
): Tensor => {
  checkTensors("clipLoss", { images, texts });
  const fits =
    images.rank === 2 && texts.rank === 2 && images.shape.every((d, i) => d === texts.shape[i]);
  if (!fits) refuse("clipLoss", "takes images and texts (N, C) of the same shape", [images, texts]);
  const scale = typeof logitScale === "object" ? logitScale.exp() : Math.exp(Number(logitScale));
  const logits = normalized(widened(images))
    .matmul(normalized(widened(texts)).transpose())
    .mul(scale);
  const partners = arange(images.shape[0] ?? 0, { dtype: "int32" });
  const find = (scores: Tensor): Tensor => crossEntropy(scores, partners, options);
  return find(logits).add(find(logits.transpose())).mul(0.5);
};

/** Settings of `tripletLoss`. */
export type TripletLossOptions = ReductionOptions & {
  /** How much nearer the positive should be; default 1. */
  readonly margin?: number;
  /** Added to each difference, so that the distance has a derivative at 0; default 1e-6 as in PyTorch. */
  readonly eps?: number;
};

/**
 * Triplet loss max(0, |a - p| - |a - n| + margin) for anchors, positives and negatives (..., C), with Euclidean
 * distances as PyTorch's `triplet_margin_loss`. Throws ShapeError unless the shapes are the same, ArgumentError for a
 * margin below 0.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { tripletLoss } from "@adjoint/nn";
 * await tripletLoss(tensor([[0, 0]]), tensor([[3, 4]]), tensor([[0, 5.5]])).item(); // => 0.5
 * ```
 */
export const tripletLoss = (
  anchors: Tensor,
  positives: Tensor,
  negatives: Tensor,
  { margin = 1, eps = 1e-6, ...options }: TripletLossOptions = {},
): Tensor => {
  checkTensors("tripletLoss", { anchors, positives, negatives });
  const same = [positives, negatives].every(
    (x) => x.rank === anchors.rank && x.rank > 0 && x.shape.every((d, i) => d === anchors.shape[i]),
  );
  if (!same)
    refuse("tripletLoss", "takes anchors, positives and negatives (..., C) of the same shape", [
      anchors,
      positives,
      negatives,
    ]);
  if (!(margin >= 0))
    throw new ArgumentError({
      operation: "tripletLoss",
      rule: "margin must be 0 or more",
      got: `${margin}`,
    });
  const counted = countedPlaces("tripletLoss", options.mask, anchors.shape.slice(0, -1));
  const distance = (other: Tensor): Tensor => {
    // 1 and not 0 where a place does not count: the root has no derivative there
    const d = selected(widened(anchors).sub(widened(other)).add(eps), counted, 1);
    return d.mul(d).sum(-1).sqrt();
  };
  const gap = distance(positives).sub(distance(negatives)).add(margin);
  // NaN is not below 0 and stays
  const each = gap.lessEqual(0).where(0, gap);
  return reduceLosses("tripletLoss", isHalf(anchors) ? each.cast(anchors.dtype) : each, options);
};
