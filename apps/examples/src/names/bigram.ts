/**
 * Mean loss, in nats a character, of guessing each character from the one before, by how often `train` has the pair; every
 * pair counts `extra` times more. Names begin and end with ".".
 */
export const bigramLoss = (
  train: readonly string[],
  test: readonly string[],
  extra = 1,
): number => {
  const pairsOf = (names: readonly string[]): readonly string[] =>
    names.flatMap((name) => Array.from(`${name}.`, (c, i) => `${name[i - 1] ?? "."}${c}`));
  const [counts, totals] = [new Map<string, number>(), new Map<string, number>()];
  for (const pair of pairsOf(train)) {
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
    totals.set(pair.charAt(0), (totals.get(pair.charAt(0)) ?? 0) + 1);
  }
  const classes = new Set(train.join("")).size + 1;
  const losses = pairsOf(test).map((pair) => {
    const total = (totals.get(pair.charAt(0)) ?? 0) + extra * classes;
    return Math.log(total / ((counts.get(pair) ?? 0) + extra));
  });
  return losses.reduce((sum, x) => sum + x, 0) / losses.length;
};
