import { ArgumentError } from "@adjoint/core";

/**
 * How frequencies are changed for sequences longer than those of pretraining.
 * - `linear`: positions divided by `factor` (https://arxiv.org/abs/2306.15595);
 * - `ntk`: the base multiplied by factor^(d / (d - 2));
 * - `dynamic`: the same with a factor that grows with `length`, the sequence's, beyond `originalLength`;
 * - `yarn`: high frequencies kept, low ones divided, and longer vectors (https://arxiv.org/abs/2309.00071);
 * - `llama3`: the rule of Llama 3.1 and later.
 */
export type RopeScaling =
  | { readonly kind: "linear"; readonly factor: number }
  | { readonly kind: "ntk"; readonly factor: number }
  | {
      readonly kind: "dynamic";
      readonly factor: number;
      readonly originalLength: number;
      readonly length: number;
    }
  | {
      readonly kind: "yarn";
      readonly factor: number;
      readonly originalLength: number;
      /** Turns within the original length above which a frequency is kept; default 32. */
      readonly betaFast?: number;
      /** Turns below which it is divided by the factor; default 1. */
      readonly betaSlow?: number;
      /** Length of rotated vectors; default 0.1 ln(factor) + 1, or by `mscale` and `mscaleAllDim` as DeepSeek has it. */
      readonly attentionFactor?: number;
      readonly mscale?: number;
      readonly mscaleAllDim?: number;
      /** Whether the ends of the ramp are whole numbers; true when absent. */
      readonly truncate?: boolean;
    }
  | {
      readonly kind: "llama3";
      readonly factor: number;
      readonly originalLength: number;
      /** Default 1. */
      readonly lowFreqFactor?: number;
      /** Default 4. */
      readonly highFreqFactor?: number;
    };

/** Settings of `ropeFrequencies`. */
export type RopeFrequencyOptions = {
  /** How many of a head's elements rotate: even, at most its size. */
  readonly dim: number;
  /** Wavelengths go from 2 pi to 2 pi base; default 10000. */
  readonly base?: number;
  readonly scaling?: RopeScaling;
};

/** Angles per position of each pair, and the length that rotated vectors get. */
export type RopeFrequencies = { readonly inverse: readonly number[]; readonly factor: number };

const refuse = (rule: string, got: unknown): never => {
  throw new ArgumentError({ operation: "ropeFrequencies", rule, got: String(got) });
};

const powers = (dim: number, base: number): readonly number[] =>
  Array.from({ length: dim / 2 }, (_, i) => base ** ((-2 * i) / dim));

type Yarn = Extract<RopeScaling, { readonly kind: "yarn" }>;
type Llama3 = Extract<RopeScaling, { readonly kind: "llama3" }>;

/** The pair whose wavelength makes `turns` turns within the original length. */
const pairOf = (turns: number, dim: number, base: number, length: number): number =>
  (dim * Math.log(length / (turns * 2 * Math.PI))) / (2 * Math.log(base));

const mscaleOf = (factor: number, mscale: number): number =>
  factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;

const yarnFactor = ({ factor, attentionFactor, mscale, mscaleAllDim }: Yarn): number => {
  if (attentionFactor !== undefined) return attentionFactor;
  if (mscale === undefined || mscaleAllDim === undefined) return mscaleOf(factor, 1);
  return mscaleOf(factor, mscale) / mscaleOf(factor, mscaleAllDim);
};

const yarn = (dim: number, base: number, scaling: Yarn): RopeFrequencies => {
  const { factor, originalLength, betaFast = 32, betaSlow = 1, truncate = true } = scaling;
  const [low, high] = [betaFast, betaSlow].map((turns) => pairOf(turns, dim, base, originalLength));
  const start = Math.max(0, truncate ? Math.floor(low ?? 0) : (low ?? 0));
  const end = Math.min(dim - 1, truncate ? Math.ceil(high ?? 0) : (high ?? 0));
  const width = start === end ? 0.001 : end - start;
  // 0 keeps a frequency, 1 divides it: low pairs turn fast and are kept
  const ramp = (i: number): number => Math.min(1, Math.max(0, (i - start) / width));
  const inverse = powers(dim, base).map((f, i) => (f / factor) * ramp(i) + f * (1 - ramp(i)));
  return { inverse, factor: yarnFactor(scaling) };
};

const llama3 = (dim: number, base: number, scaling: Llama3): RopeFrequencies => {
  const { factor, originalLength, lowFreqFactor = 1, highFreqFactor = 4 } = scaling;
  const inverse = powers(dim, base).map((f) => {
    const turns = (originalLength * f) / (2 * Math.PI);
    if (turns < lowFreqFactor) return f / factor;
    if (turns > highFreqFactor) return f;
    const smooth = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    return ((1 - smooth) * f) / factor + smooth * f;
  });
  return { inverse, factor: 1 };
};

const checkNumbers = ({ dim, base = 10_000, scaling }: RopeFrequencyOptions): void => {
  if (!Number.isInteger(dim) || dim < 2 || dim % 2 !== 0)
    refuse("dim must be an even number of at least 2", dim);
  if (!(base > 1)) refuse("base must be above 1", base);
  if (scaling === undefined) return;
  if (dim === 2 && (scaling.kind === "ntk" || scaling.kind === "dynamic"))
    refuse(`scaling.kind ${scaling.kind} needs a dim of at least 4`, dim);
  for (const [name, value] of Object.entries(scaling))
    if (typeof value === "number" && !(value > 0 && Number.isFinite(value)))
      refuse(`scaling.${name} must be above 0`, value);
};

/**
 * Frequencies of rotary positions, numbers known while tracing. Checked against the rules of Hugging Face's
 * `modeling_rope_utils`. Throws ArgumentError for sizes and factors that cannot be.
 *
 * ```ts doctest
 * import { ropeFrequencies } from "@adjoint/nn";
 * ropeFrequencies({ dim: 4 }); // => { inverse: [1, 0.01], factor: 1 }
 * ropeFrequencies({ dim: 4, scaling: { kind: "linear", factor: 2 } }).inverse; // => [0.5, 0.005]
 * ```
 */
export const ropeFrequencies = (options: RopeFrequencyOptions): RopeFrequencies => {
  checkNumbers(options);
  const { dim, base = 10_000, scaling } = options;
  if (scaling === undefined) return { inverse: powers(dim, base), factor: 1 };
  const stretched = (factor: number): RopeFrequencies => ({
    inverse: powers(dim, base * factor ** (dim / (dim - 2))),
    factor: 1,
  });
  switch (scaling.kind) {
    case "linear":
      return { inverse: powers(dim, base).map((f) => f / scaling.factor), factor: 1 };
    case "ntk":
      return stretched(scaling.factor);
    case "dynamic": {
      const { factor, originalLength } = scaling;
      const length = Math.max(scaling.length, originalLength);
      return stretched((factor * length) / originalLength - (factor - 1));
    }
    case "yarn":
      return yarn(dim, base, scaling);
    case "llama3":
      return llama3(dim, base, scaling);
    default:
      return refuse(
        "scaling.kind must be linear, ntk, dynamic, yarn or llama3",
        JSON.stringify(scaling),
      );
  }
};
