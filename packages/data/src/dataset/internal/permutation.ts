import { type KeyWords, threefry } from "./random.ts";

/**
 * A random permutation of 0 … n - 1 as a function, with no memory: eight rounds of a Feistel network over the smallest
 * even number of bits that holds n, walked until it falls below n (Black and Rogaway 2002, "Ciphers with arbitrary finite
 * domains"). On average it walks less than four times.
 */
export const permutation = (n: number, key: KeyWords): ((index: number) => number) => {
  let half = 1;
  while (4 ** half < n) half++;
  const size = 2 ** half;
  const pass = (x: number): number => {
    let left = Math.floor(x / size);
    let right = x % size;
    for (let round = 0; round < 8; round++) {
      const [word] = threefry(key, round, right);
      [left, right] = [right, (left ^ word) & (size - 1)];
    }
    return left * size + right;
  };
  return (index) => {
    let x = pass(index);
    while (x >= n) x = pass(x);
    return x;
  };
};
