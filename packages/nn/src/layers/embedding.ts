import { inner, take, type Tensor } from "@adjoint/core";
import { type Initializer, normalInit } from "../init/initializer.ts";
import { checkSize } from "../internal/check.ts";
import type { Layer } from "./layer.ts";

/** Settings of `embedding`. */
export type EmbeddingConfig = {
  /** Number of rows. */
  readonly vocabSize: number;
  /** Length of a row. */
  readonly features: number;
  /** Default `normalInit(1)`. */
  readonly tableInit?: Initializer;
};

/** Parameters of `embedding`: table (V, C). */
export type EmbeddingParams = { readonly table: Tensor };

/** The type of `embedding`. */
export type EmbeddingLayer = Layer<EmbeddingConfig, EmbeddingParams> & {
  /** Scores of every row: x (..., C) gives x table^T (..., V), the head of a model with tied embeddings. */
  readonly attend: (params: EmbeddingParams, x: Tensor) => Tensor;
};

/**
 * A learned vector for each id: int32 ids (...) give (..., C). Negative ids count from the end, others
 * out of range are clamped. `attend` is the
 * transposed use, a product that reads the table where it lies.
 * `init` throws ArgumentError for bad sizes, `apply` DTypeError for ids that are not integers.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { embedding } from "@adjoint/nn";
 * const params = { table: tensor([[1, 2], [3, 4], [5, 6]]) };
 * const ids = tensor([2, 0], { dtype: "int32" });
 * await embedding.apply(params, ids).toArray(); // => [[5, 6], [1, 2]]
 * await embedding.attend(params, tensor([1, 1])).toArray(); // => [3, 7, 11]
 * ```
 */
export const embedding: EmbeddingLayer = {
  init: (key, { vocabSize, features, tableInit = normalInit(1) }) => {
    const rows = checkSize("embedding", "vocabSize", vocabSize);
    return { table: tableInit(key, [rows, checkSize("embedding", "features", features)]) };
  },
  apply: ({ table }, ids) => take(table, ids, { axis: 0 }),
  attend: ({ table }, x) => inner(x, table),
};
