/** The index of the weight that `draw`, a number in [0, 1), falls on when they lie side by side; never one that is 0. */
export const partOf = (weights: readonly number[], draw: number): number => {
  let rest = draw * weights.reduce((sum, weight) => sum + weight, 0);
  let last = -1;
  for (const [index, weight] of weights.entries()) {
    if (weight === 0) continue;
    last = index;
    if (rest < weight) return index;
    rest -= weight;
  }
  return last; // rounding can leave a little over
};
