const meanOf = (numbers: readonly number[]): number =>
  numbers.reduce((a, b) => a + b, 0) / numbers.length;

/** What validation losses of the same seeds say; the seeds count that both models have learned to the end. */
export const comparison = (losses: {
  readonly dense: readonly number[];
  readonly experts: readonly number[];
}): string => {
  const count = Math.min(losses.dense.length, losses.experts.length);
  if (count === 0) return "stopped before both models were trained: there is nothing to compare";
  const dense = meanOf(losses.dense.slice(0, count));
  const experts = meanOf(losses.experts.slice(0, count));
  return (
    `validation loss over ${count} seeds: dense ${dense.toFixed(4)}, experts ${experts.toFixed(4)}, ` +
    `experts better by ${(dense - experts).toFixed(4)}`
  );
};
