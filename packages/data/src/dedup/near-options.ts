import { ArgumentError } from "@adjoint/core";
import { minHash, type MinHashOptions, type Signature } from "./min-hash.ts";
import { type Bands, optimalBands } from "./optimal-bands.ts";
import { type ShingleOptions, shingles } from "./shingles.ts";

/** Settings of near-duplicate search by MinHash. */
export type NearDuplicateOptions = MinHashOptions & {
  /** Jaccard similarity of the shingles from which texts count as duplicates; default 0.7. */
  readonly threshold?: number;
  /** How signatures are cut; default `optimalBands` for the threshold. */
  readonly bands?: Bands;
  /** What the sets are made of; default `shingles(text, shingle)`. */
  readonly shingle?: ShingleOptions;
  /** Any other sets. */
  readonly elements?: (text: string) => Iterable<string>;
  /**
   * What makes two texts that share a band duplicates: "estimate" (default) the similarity that all places estimate, "band" the band
   * alone, which finds more and errs more.
   */
  readonly verify?: "estimate" | "band";
  /** How many texts of the same band are looked at for one text; default 1000. It bounds the time on hostile collections. */
  readonly maxCandidates?: number;
};

/** The settings, complete and checked. */
export type NearPlan = {
  readonly signature: (text: string) => Signature;
  readonly length: number;
  readonly threshold: number;
  readonly bands: Bands;
  readonly verify: "estimate" | "band";
  readonly maxCandidates: number;
};

const checkBands = (operation: string, { bands, rows }: Bands, length: number): void => {
  const whole = Number.isInteger(bands) && Number.isInteger(rows) && bands > 0 && rows > 0;
  if (whole && bands * rows <= length) return;
  const rule = `bands times rows must be at most the ${length} permutations, both positive integers`;
  throw new ArgumentError({ operation, rule, got: `${bands} bands of ${rows}` });
};

/** The search takes tens of milliseconds: programs that call often do so with the same settings. */
let searched:
  | { readonly threshold: number; readonly permutations: number; readonly bands: Bands }
  | undefined;

const bandsFor = (threshold: number, permutations: number): Bands => {
  if (searched?.threshold !== threshold || searched.permutations !== permutations) {
    searched = { threshold, permutations, bands: optimalBands({ threshold, permutations }) };
  }
  return searched.bands;
};

/** Fills in the defaults. Throws ArgumentError for settings out of range. */
export const planNear = (operation: string, options: NearDuplicateOptions): NearPlan => {
  const {
    threshold = 0.7,
    permutations = 128,
    shingle,
    verify = "estimate",
    maxCandidates = 1000,
  } = options;
  const { elements = (text: string) => shingles(text, shingle) } = options;
  const bands = options.bands ?? bandsFor(threshold, permutations);
  checkBands(operation, bands, permutations);
  const sign = minHash(options);
  const signature = (text: string): Signature => sign(elements(text));
  return { signature, length: permutations, threshold, bands, verify, maxCandidates };
};

/** Whether the two texts behind the signatures, which share a band, count as duplicates. */
export const isNear = (plan: NearPlan, a: Signature, b: Signature): boolean => {
  if (plan.verify === "band") return true;
  let equal = 0;
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) equal++;
  return equal >= plan.threshold * a.length;
};
