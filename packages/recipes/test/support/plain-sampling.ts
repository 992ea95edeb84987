import type { SamplingOptions } from "@adjoint/recipes";

/** Softmax of a row, in double precision. */
export const plainSoftmax = (row: readonly number[]): number[] => {
  const most = Math.max(...row);
  const weights = row.map((x) => Math.exp(x - most));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / total);
};

/** Which tokens may be drawn: top-k first, then the nucleus of what is left, ties with the last one kept. */
export const plainKept = (row: readonly number[], options: SamplingOptions): boolean[] => {
  const { temperature = 1, topK = row.length, topP = 1 } = options;
  const scaled = temperature === 0 ? [...row] : row.map((x) => x / temperature);
  const kth = scaled.toSorted((a, b) => b - a)[Math.min(topK, row.length) - 1] ?? Number.NaN;
  const afterK = scaled.map((x) => (x >= kth ? x : Number.NEGATIVE_INFINITY));
  const probabilities = plainSoftmax(afterK);
  const descending = probabilities.toSorted((a, b) => b - a);
  let [sum, threshold] = [0, Number.POSITIVE_INFINITY];
  for (const p of descending) {
    if (sum >= topP && topP < 1) break;
    threshold = p;
    sum += p;
  }
  return probabilities.map((p, i) => p >= threshold && afterK[i] !== Number.NEGATIVE_INFINITY);
};
