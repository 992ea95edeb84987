import { ArgumentError } from "@adjoint/core";
import { ignoreIndex as defaultIgnoreIndex } from "./ignore-index.ts";
import { NoTrainedTokensError } from "./no-trained-tokens-error.ts";

/** Targets that count. */
export const countTrained = (
  targets: Int32Array,
  ignoreIndex: number = defaultIgnoreIndex,
): number => targets.reduce((count, target) => (target === ignoreIndex ? count : count + 1), 0);

/**
 * `batch`, when it has a token to learn; else throws NoTrainedTokensError, where a mean over nothing would be NaN or a
 * step without effect.
 *
 * ```ts doctest
 * import { padExamples, requireTrained } from "@adjoint/data";
 * const example = { ids: Int32Array.of(1, 2), trained: Uint8Array.of(0, 0) };
 * requireTrained(padExamples([example])); // throws must have a token to learn
 * ```
 */
export const requireTrained = <B extends { readonly trainedTokens: number }>(batch: B): B => {
  if (batch.trainedTokens > 0) return batch;
  throw new NoTrainedTokensError({
    operation: "requireTrained",
    rule: "a batch must have a token to learn",
    got: "none",
    fix: "look at the loss mask: are answers cut off, or roles misspelt?",
  });
};

/** Settings of `tokenWeights`. */
export type TokenWeightOptions = {
  /** The target of places that do not count; -100 when absent. */
  readonly ignoreIndex?: number;
  /** Weight of each place, (B, T); 1 when absent. */
  readonly weights?: ArrayLike<number>;
  /**
   * What the weights are divided by: their own sum when absent. For accumulated gradients give the sum over all batches
   * of the step, then the sum of their losses is the loss of one large batch.
   */
  readonly total?: number;
};

/** Weights of a loss per token, and their sum before they were divided. */
export type TokenWeights = { readonly weights: Float32Array; readonly total: number };

/**
 * The weight of each token's loss, 0 where the target does not count: float32 (B, T), so that sum(weights * losses) is
 * the weighted mean. Throws NoTrainedTokensError when no weight is left, ArgumentError for weights that are negative,
 * not finite or of another size.
 *
 * ```ts doctest
 * import { tokenWeights } from "@adjoint/data";
 * const { weights, total } = tokenWeights(Int32Array.of(5, -100, 7, 8));
 * [total, ...weights].map((x) => x.toFixed(3)); // => ["3.000", "0.333", "0.000", "0.333", "0.333"]
 * ```
 */
export const tokenWeights = (
  targets: Int32Array,
  { ignoreIndex = defaultIgnoreIndex, weights, total }: TokenWeightOptions = {},
): TokenWeights => {
  if (weights !== undefined && weights.length !== targets.length)
    throw new ArgumentError({
      operation: "tokenWeights",
      rule: `needs a weight for each of ${targets.length} targets`,
      got: `${weights.length}`,
    });
  const raw = Float64Array.from(targets, (target, i) =>
    target === ignoreIndex ? 0 : (weights?.[i] ?? 1),
  );
  const bad = raw.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (bad !== -1 || (total !== undefined && !(total > 0 && total < Infinity)))
    throw new ArgumentError({
      operation: "tokenWeights",
      rule: "weights must be 0 or more, and their total more than 0",
      got: bad === -1 ? `a total of ${total}` : `${raw[bad]} at place ${bad}`,
    });
  const sum = raw.reduce((all, weight) => all + weight, 0);
  if (sum === 0)
    throw new NoTrainedTokensError({
      operation: "tokenWeights",
      rule: "some target must count",
      got: `${targets.length} that do not`,
      fix: "look at the loss mask: are answers cut off, or roles misspelt?",
    });
  const divisor = total ?? sum;
  return { weights: Float32Array.from(raw, (weight) => weight / divisor), total: sum };
};
