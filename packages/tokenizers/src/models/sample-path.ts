import { type Lattice, logAddExp } from "./lattice.ts";

/**
 * Edges of a random way through a lattice, last first, in proportion to probability to the power of `smoothing`.
 * Source: forward filtering and backward sampling as in SentencePiece's Lattice::Sample.
 */
export const samplePath = (
  lattice: Lattice,
  random: () => number,
  smoothing: number,
): readonly number[] => {
  const { starts, ends, scores, count, length } = lattice;
  const forward = new Float64Array(length + 1).fill(-Infinity);
  const lastAt = new Int32Array(length + 1).fill(-1);
  const sameEnd = new Int32Array(count);
  forward[0] = 0;
  for (let edge = 0; edge < count; edge++) {
    const end = ends[edge] ?? 0;
    const through = (forward[starts[edge] ?? 0] ?? 0) + smoothing * (scores[edge] ?? 0);
    forward[end] = logAddExp(forward[end] ?? 0, through);
    sameEnd[edge] = lastAt[end] ?? -1;
    lastAt[end] = edge;
  }
  const path: number[] = [];
  for (let at = length; at > 0;) {
    let left = random();
    let chosen = lastAt[at] ?? -1;
    for (let edge = chosen; edge >= 0; edge = sameEnd[edge] ?? -1) {
      chosen = edge;
      const through = (forward[starts[edge] ?? 0] ?? 0) + smoothing * (scores[edge] ?? 0);
      left -= Math.exp(through - (forward[at] ?? 0));
      if (left < 0) break;
    }
    path.push(chosen);
    at = starts[chosen] ?? 0;
  }
  return path;
};
