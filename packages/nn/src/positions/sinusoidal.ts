import { ArgumentError, concatenate, type DType, stack, type Tensor, tensor } from "@adjoint/core";

/** Settings of `sinusoidal`. */
export type SinusoidalOptions = {
  /** Width C, even. */
  readonly features: number;
  /** Default 10000. */
  readonly base?: number;
  /** `interleaved` (default) alternates sines and cosines as the paper does, `concatenated` has all sines first. */
  readonly layout?: "interleaved" | "concatenated";
  /** Default float32. */
  readonly dtype?: DType;
};

/**
 * The fixed position encoding of the 2017 Transformer: positions (..., T) give (..., T, C), sin and cos of
 * position / base^(2 i / C). Throws ArgumentError for an odd width.
 * @see https://arxiv.org/abs/1706.03762
 *
 * ```ts doctest
 * import { arange } from "@adjoint/core";
 * import { sinusoidal } from "@adjoint/nn";
 * await sinusoidal(arange(2), { features: 4 }).toArray(); // => [[0, 1, 0, 1], [0.8415, 0.5403, 0.01, 0.99995]]
 * ```
 */
export const sinusoidal = (
  positions: Tensor,
  { features, base = 10_000, layout = "interleaved", dtype = "float32" }: SinusoidalOptions,
): Tensor => {
  if (!Number.isInteger(features) || features < 2 || features % 2 !== 0)
    throw new ArgumentError({
      operation: "sinusoidal",
      rule: "features must be an even number of at least 2",
      got: `${features}`,
    });
  const inverse = Array.from({ length: features / 2 }, (_, i) => base ** ((-2 * i) / features));
  const angles = positions.expandDims(-1).cast(dtype).mul(tensor(inverse, { dtype }));
  const waves = [angles.sin(), angles.cos()];
  if (layout === "concatenated") return concatenate(waves, -1);
  return stack(waves, -1).reshape([...positions.shape, features]);
};
