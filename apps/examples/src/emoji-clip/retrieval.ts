/** Share of queries whose partner is the first, or one of the first five. */
export type Retrieval = { readonly at1: number; readonly at5: number };

/** For each row i, how many others come before its partner, column i; what is as similar as it comes before it. */
export const partnerRanks = (similarities: Float32Array, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => {
    const row = similarities.subarray(i * count, (i + 1) * count);
    const own = row[i] ?? Number.NaN;
    return row.reduce((before, x, j) => before + (j !== i && !(x < own) ? 1 : 0), 0);
  });

/** Retrieval in a square of similarities (queries, candidates), row by row; partners are on the diagonal. */
export const retrievalOf = (similarities: Float32Array, count: number): Retrieval => {
  const ranks = partnerRanks(similarities, count);
  const within = (k: number): number => ranks.filter((rank) => rank < k).length / count;
  return { at1: within(1), at5: within(5) };
};

/** Columns become rows, so that the other side asks. */
export const transposed = (square: Float32Array, count: number): Float32Array =>
  square.map((_, at) => square[(at % count) * count + Math.floor(at / count)] ?? 0);
