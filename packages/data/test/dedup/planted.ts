/** Repeatable numbers for tests: the mixer of the fixtures' README, 0 to 1. */
export const mixed = (n: number, i: number): number => {
  let h = (Math.imul(n, 0x9e3779b1) + Math.imul(i, 0x85ebca77)) | 0;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
};

/** Two texts of `size` words each, all different, that share `shared`: as sets of words their Jaccard similarity is exactly known. */
export const pairOf = (
  id: number,
  size: number,
  shared: number,
): { readonly a: string; readonly b: string; readonly similarity: number } => {
  const words = (from: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${from}${id}x${i}`);
  const common = words("c", shared);
  return {
    a: [...common, ...words("a", size - shared)].join(" "),
    b: [...words("b", size - shared), ...common].join(" "),
    similarity: shared / (2 * size - shared),
  };
};
