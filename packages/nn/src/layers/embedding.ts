import { ArgumentError, inner, iota, stopGradient, take, type Tensor } from "@adjoint/core";
import { type Initializer, normalInit } from "../init/initializer.ts";
import { checkSize } from "../internal/check.ts";
import { checkRecords, checkTensors } from "../internal/check-tensors.ts";
import type { Layer } from "./layer.ts";

/** Settings of `embedding`. */
export type EmbeddingConfig = {
  /** Number of rows. */
  readonly vocabSize: number;
  /** Length of a row. */
  readonly features: number;
  /** Default `normalInit(1)`. */
  readonly tableInit?: Initializer;
  /** The table gets rows up to a multiple of this, which hardware likes; `attend` leaves them out. Default 1. */
  readonly multipleOf?: number;
  /** Id of padding, whose row starts as zeros; none when absent. */
  readonly paddingId?: number;
};

/** Parameters of `embedding`: table (V, C). */
export type EmbeddingParams = { readonly table: Tensor };

/** Settings of `embedding.apply`. */
export type EmbeddingOptions = {
  /** Id of padding, whose row gets no gradient; none when absent. */
  readonly paddingId?: number;
};

/** Settings of `embedding.attend`. */
export type AttendOptions = {
  /** Rows that are tokens, when the table has more; default all. */
  readonly vocabSize?: number;
};

/** The type of `embedding`. */
export type EmbeddingLayer = Layer<
  EmbeddingConfig,
  EmbeddingParams,
  [options?: EmbeddingOptions]
> & {
  /** Scores of every row: x (..., C) gives x table^T (..., V), the head of a model with tied embeddings. */
  readonly attend: (params: EmbeddingParams, x: Tensor, options?: AttendOptions) => Tensor;
};

const checkId = (name: string, id: number, rows: number): number => {
  if (Number.isInteger(id) && id >= 0 && id < rows) return id;
  throw new ArgumentError({
    operation: "embedding",
    rule: `${name} must be a row from 0 to ${rows - 1}`,
    got: `${id}`,
  });
};

const tableOf = (params: EmbeddingParams): Tensor => {
  checkRecords("embedding", { params });
  checkTensors("embedding", { "params.table": params.table });
  return params.table;
};

/**
 * A learned vector for each id: int32 ids (...) give (..., C). Ids are data and are not checked, as in `take`: negative
 * ones count from the end, and others out of range get the nearest row. `check` of a model in `@adjoint/models`, such as
 * `decoder.check`, reads ids and refuses those that are no token. `attend` is the transposed use, a product that reads
 * the table where it lies. `init` throws ArgumentError for bad sizes, `apply` DTypeError for ids that are not integers.
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
  init: (key, config) => {
    checkRecords("embedding", { config });
    const { vocabSize, features, tableInit = normalInit(1), multipleOf = 1, paddingId } = config;
    const unit = checkSize("embedding", "multipleOf", multipleOf);
    const rows = Math.ceil(checkSize("embedding", "vocabSize", vocabSize) / unit) * unit;
    const table = tableInit(key, [rows, checkSize("embedding", "features", features)]);
    if (paddingId === undefined) return { table };
    const row = iota([rows, 1], 0).equal(checkId("paddingId", paddingId, rows));
    return { table: row.where(0, table) };
  },
  apply: (params, ids, { paddingId } = {}) => {
    const table = tableOf(params);
    checkTensors("embedding", { ids });
    const found = take(table, ids, { axis: 0 });
    if (paddingId === undefined) return found;
    const isPadding = ids
      .equal(checkId("paddingId", paddingId, table.shape[0] ?? 0))
      .expandDims(-1);
    return isPadding.where(stopGradient(found), found);
  },
  attend: (params, x, { vocabSize } = {}) => {
    const table = tableOf(params);
    checkTensors("embedding", { x });
    const [rows = 0, features = 0] = table.shape;
    if (vocabSize === undefined || vocabSize === rows) return inner(x, table);
    const count = 1 + checkId("vocabSize - 1", vocabSize - 1, rows);
    return inner(x, table.slice([0, 0], [count, features]));
  },
};
