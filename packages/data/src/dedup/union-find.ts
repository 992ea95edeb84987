/** Groups of the numbers 0 to size - 1 that grow together. */
export type UnionFind = {
  /** The smallest member of i's group. */
  readonly find: (i: number) => number;
  /** Makes one group of those of a and b. */
  readonly join: (a: number, b: number) => void;
};

/** Every number alone at first. */
export const unionFind = (size: number): UnionFind => {
  const parents = Int32Array.from({ length: size }, (_, i) => i);
  const parent = (i: number): number => parents[i] ?? i;
  const find = (i: number): number => {
    let at = i;
    while (parent(at) !== at) {
      parents[at] = parent(parent(at));
      at = parent(at);
    }
    return at;
  };
  return {
    find,
    join: (a, b) => {
      const [x, y] = [find(a), find(b)];
      // The smaller one leads, so that a group is named by the document that came first.
      parents[Math.max(x, y)] = Math.min(x, y);
    },
  };
};

/** The groups, each in rising order, ordered by their first members. */
export const groupsOf = (size: number, { find }: UnionFind): readonly (readonly number[])[] => {
  const groups = new Map<number, number[]>();
  for (let i = 0; i < size; i++) {
    const leader = find(i);
    const group = groups.get(leader);
    if (group === undefined) groups.set(leader, [i]);
    else group.push(i);
  }
  return [...groups.values()];
};
