/** Classes of equal numbers, in the order of the numbers: the numbers themselves, made dense. */
const denseRanks = (codes: Int32Array): Int32Array => {
  const ranks = new Map([...new Set(codes)].toSorted((a, b) => a - b).map((code, i) => [code, i]));
  return codes.map((code) => ranks.get(code) ?? 0);
};

/** `order` sorted by rank, those of equal rank as they are. */
const sortByRank = (order: Int32Array, ranks: Int32Array, sorted: Int32Array): void => {
  const starts = new Int32Array(ranks.length + 2);
  for (const rank of ranks) starts[rank + 1] = (starts[rank + 1] ?? 0) + 1;
  for (let rank = 0; rank < ranks.length; rank++)
    starts[rank + 1] = (starts[rank + 1] ?? 0) + (starts[rank] ?? 0);
  for (const place of order) {
    const rank = ranks[place] ?? 0;
    const at = starts[rank] ?? 0;
    sorted[at] = place;
    starts[rank] = at + 1;
  }
};

/**
 * The places of a text in the order of their suffixes, as far as `depth` numbers tell them apart. By doubling: suffixes
 * sorted by k numbers are sorted by 2k from their ranks at i and i + k.
 * Source: Manber and Myers, Suffix arrays: a new method for on-line string searches (1993).
 */
export const suffixArray = (codes: Int32Array, depth: number): Int32Array => {
  const { length } = codes;
  let ranks = denseRanks(codes);
  const order = Int32Array.from(codes, (_, i) => i);
  const suffixes = new Int32Array(length);
  sortByRank(order, ranks, suffixes);
  for (let known = 1; known < depth; known *= 2) {
    let count = 0;
    for (let i = Math.max(0, length - known); i < length; i++) order[count++] = i;
    for (const place of suffixes) if (place >= known) order[count++] = place - known;
    sortByRank(order, ranks, suffixes);
    const finer = new Int32Array(length);
    const second = (place: number): number =>
      place + known < length ? (ranks[place + known] ?? 0) : -1;
    let rank = 0;
    for (let i = 1; i < length; i++) {
      const [a, b] = [suffixes[i - 1] ?? 0, suffixes[i] ?? 0];
      if (ranks[a] !== ranks[b] || second(a) !== second(b)) rank++;
      finer[b] = rank;
    }
    ranks = finer;
  }
  return suffixes;
};
