/** A share of right answers with the half-width of its 95 % interval. */
export type Measured = { readonly mean: number; readonly margin: number };

/** Mean and 95 % margin of independent numbers. */
export const measured = (numbers: readonly number[]): Measured => {
  const n = numbers.length;
  const mean = numbers.reduce((a, b) => a + b, 0) / n;
  const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, n - 1);
  return { mean, margin: 1.96 * Math.sqrt(variance / n) };
};

/** 1 where a probability of praise falls on the side of the label, 0 elsewhere. */
export const hits = (
  praise: readonly number[],
  labels: readonly { readonly label: 0 | 1 }[],
): readonly number[] =>
  labels.map(({ label }, i) => ((praise[i] ?? 0) > 0.5 === (label === 1) ? 1 : 0));

/** How much more often the first answers are right than the second ones, for the same questions. */
export const advantage = (first: readonly number[], second: readonly number[]): Measured =>
  measured(first.map((hit, i) => hit - (second[i] ?? 0)));
