import {
  argmax,
  ArgumentError,
  cumsum,
  softmax,
  sort,
  takeAlongAxis,
  type Tensor,
  topK as largest,
} from "@adjoint/core";
import { categorical, type Key } from "@adjoint/core/random";

/** How the next token is drawn. */
export type SamplingOptions = {
  /** Divides the logits; 0 takes the most likely token. Default 1. */
  readonly temperature?: number;
  /** Keeps the k most likely tokens (and those as likely as the last of them). Default all. */
  readonly topK?: number;
  /** Keeps the most likely tokens until their probabilities reach this (nucleus sampling, Holtzman et al. 2020). Default 1. */
  readonly topP?: number;
};

/**
 * Throws ArgumentError for options that make no sense.
 *
 * ```ts doctest
 * import { checkSampling } from "@adjoint/recipes";
 * checkSampling({ temperature: 0.8, topP: 0.95 });
 * checkSampling({ topK: 0 }); // throws topK 0
 * ```
 */
export const checkSampling = ({ temperature = 1, topK = 1, topP = 1 }: SamplingOptions): void => {
  const bad = !(temperature >= 0 && temperature < Number.POSITIVE_INFINITY)
    ? `temperature ${temperature}`
    : !(Number.isInteger(topK) && topK >= 1)
      ? `topK ${topK}`
      : !(topP > 0 && topP <= 1)
        ? `topP ${topP}`
        : undefined;
  if (bad !== undefined)
    throw new ArgumentError({
      operation: "sampling",
      rule: "needs temperature >= 0, an integer topK >= 1 and 0 < topP <= 1",
      got: bad,
      fix: "temperature 0 is greedy",
    });
};

const masked = (logits: Tensor, keep: Tensor): Tensor =>
  keep.where(logits, Number.NEGATIVE_INFINITY);

const keepTopK = (logits: Tensor, k: number): Tensor => {
  const size = logits.shape.at(-1) ?? 1;
  if (k >= size) return logits;
  const [values] = largest(logits, k);
  return masked(logits, logits.greaterEqual(values.min(-1, { keepDims: true })));
};

const keepTopP = (logits: Tensor, p: number): Tensor => {
  if (p >= 1) return logits;
  const descending = sort(softmax(logits), -1, { descending: true });
  const before = cumsum(descending, -1).sub(descending); // probability of everything more likely
  const count = before.less(p).cast("int32").sum(-1, { keepDims: true }); // at least one
  const threshold = takeAlongAxis(descending, count.sub(1), -1);
  return masked(logits, softmax(logits).greaterEqual(threshold));
};

/**
 * Logits of shape (..., V) with unlikely tokens set to -Infinity and the rest divided by the temperature (if not 0).
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { filterLogits } from "@adjoint/recipes";
 * await filterLogits(tensor([1, 3, 2]), { topK: 2 }).toArray(); // => [-Infinity, 3, 2]
 * ```
 */
export const filterLogits = (logits: Tensor, options: SamplingOptions = {}): Tensor => {
  checkSampling(options);
  const { temperature = 1, topK, topP = 1 } = options;
  const scaled = temperature === 0 || temperature === 1 ? logits : logits.div(temperature);
  return keepTopP(topK === undefined ? scaled : keepTopK(scaled, topK), topP);
};

/**
 * Draws tokens, int32 of shape (...), from logits of shape (..., V).
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { sampleLogits } from "@adjoint/recipes";
 * await sampleLogits(key(0), tensor([1, 9, 2]), { temperature: 0 }).item(); // => 1
 * ```
 */
export const sampleLogits = (key: Key, logits: Tensor, options: SamplingOptions = {}): Tensor => {
  const filtered = filterLogits(logits, options);
  return options.temperature === 0 ? argmax(filtered, -1) : categorical(key, filtered);
};
