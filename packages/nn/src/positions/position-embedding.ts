import { ShapeError, type Tensor } from "@adjoint/core";
import { type Initializer, normalInit } from "../init/initializer.ts";
import { embedding, type EmbeddingParams } from "../layers/embedding.ts";
import type { Layer } from "../layers/layer.ts";

/** Settings of `positionEmbedding`. */
export type PositionEmbeddingConfig = {
  /** Longest sequence. */
  readonly maxLength: number;
  /** Width C. */
  readonly features: number;
  /** Default `normalInit(0.02)`. */
  readonly tableInit?: Initializer;
};

/** Settings of `positionEmbedding.apply`. */
export type PositionEmbeddingOptions = {
  /** int32 (..., T); default 0 to T - 1. */
  readonly positions?: Tensor | undefined;
};

/**
 * Adds a learned vector for each position: x (..., T, C) gives (..., T, C). Throws ShapeError for sequences longer than
 * the table.
 *
 * ```ts doctest
 * import { tensor, zeros } from "@adjoint/core";
 * import { positionEmbedding } from "@adjoint/nn";
 * const params = { table: tensor([[1, 2], [3, 4], [5, 6]]) };
 * await positionEmbedding.apply(params, zeros([2, 2])).toArray(); // => [[1, 2], [3, 4]]
 * ```
 */
export const positionEmbedding: Layer<
  PositionEmbeddingConfig,
  EmbeddingParams,
  [options?: PositionEmbeddingOptions]
> = {
  init: (key, { maxLength, features, tableInit = normalInit(0.02) }) =>
    embedding.init(key, { vocabSize: maxLength, features, tableInit }),
  apply: ({ table }, x, { positions } = {}) => {
    const length = x.shape.at(-2) ?? 0;
    const [rows = 0, width = 0] = table.shape;
    if (x.rank < 2 || length > rows || x.shape.at(-1) !== width)
      throw new ShapeError({
        operation: "positionEmbedding",
        rule: `takes x (..., T, ${width}) with T at most ${rows}`,
        got: `[${x.shape.join()}]`,
      });
    if (positions !== undefined) return x.add(embedding.apply({ table }, positions));
    return x.add(length === rows ? table : table.slice([0, 0], [length, width]));
  },
};
