import type { Hash64 } from "../../hash/hash-text.ts";

/** Adds `weight` for each bit that is set and takes it away for each that is not; the first 32 votes are of the low word. */
export const addVotes = (votes: Float64Array, { high, low }: Hash64, weight: number): void => {
  for (let i = 0; i < 32; i++) {
    votes[i] = votes[i]! + ((low >>> i) & 1 ? weight : -weight);
    votes[32 + i] = votes[32 + i]! + ((high >>> i) & 1 ? weight : -weight);
  }
};

/** The bits with more weight for than against. */
export const majority = (votes: Float64Array): Hash64 => {
  let low = 0;
  let high = 0;
  for (let i = 0; i < 32; i++) {
    if (votes[i]! > 0) low |= 1 << i;
    if (votes[32 + i]! > 0) high |= 1 << i;
  }
  return { high: high >>> 0, low: low >>> 0 };
};
