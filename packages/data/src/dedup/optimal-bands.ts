import { ArgumentError } from "@adjoint/core";

/** A signature cut into `bands` of `rows` places each: two texts are candidates when one whole band is equal. */
export type Bands = { readonly bands: number; readonly rows: number };

/** Settings of `optimalBands`. */
export type BandOptions = {
  /** Similarity from which texts count as duplicates, between 0 and 1. */
  readonly threshold: number;
  /** Length of the signatures; default 128. */
  readonly permutations?: number;
  /** Weight of pairs below the threshold that become candidates; default 0.5. */
  readonly falsePositiveWeight?: number;
  /** Weight of pairs above the threshold that do not; default 0.5. */
  readonly falseNegativeWeight?: number;
};

/** Probability that texts of similarity s share a band. */
const found = (s: number, { bands, rows }: Bands): number => 1 - (1 - s ** rows) ** bands;

/** Simpson's rule on 256 intervals: far closer than what two choices of bands differ by. */
const integral = (f: (x: number) => number, from: number, to: number): number => {
  const steps = 256;
  const width = (to - from) / steps;
  let sum = f(from) + f(to);
  for (let i = 1; i < steps; i++) sum += f(from + i * width) * (i % 2 === 1 ? 4 : 2);
  return (sum * width) / 3;
};

const check = (rule: string, value: number, fits: boolean): void => {
  if (!fits) throw new ArgumentError({ operation: "optimalBands", rule, got: String(value) });
};

/**
 * The cut that makes the weighted sum of false positives and false negatives smallest, when all similarities are equally likely: the
 * search and the integrals of datasketch's `MinHashLSH`. Throws ArgumentError for a threshold outside 0 to 1 or no permutations.
 * @see http://www.mmds.org (chapter 3.4)
 *
 * ```ts doctest
 * import { optimalBands } from "@adjoint/data";
 * optimalBands({ threshold: 0.7 }); // => { bands: 14, rows: 9 }
 * ```
 */
export const optimalBands = (options: BandOptions): Bands => {
  const { threshold, permutations = 128 } = options;
  const { falsePositiveWeight = 0.5, falseNegativeWeight = 0.5 } = options;
  check("threshold must be between 0 and 1", threshold, threshold >= 0 && threshold <= 1);
  const whole = Number.isInteger(permutations) && permutations > 0 && permutations <= 4096;
  check("permutations must be an integer from 1 to 4096", permutations, whole);
  let best: Bands = { bands: 1, rows: 1 };
  let least = Number.POSITIVE_INFINITY;
  for (let bands = 1; bands <= permutations; bands++) {
    for (let rows = 1; rows <= Math.floor(permutations / bands); rows++) {
      const cut = { bands, rows };
      const positives = integral((s) => found(s, cut), 0, threshold);
      const negatives = integral((s) => 1 - found(s, cut), threshold, 1);
      const error = positives * falsePositiveWeight + negatives * falseNegativeWeight;
      if (error < least) [least, best] = [error, cut];
    }
  }
  return best;
};
