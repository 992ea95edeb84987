import { explicitBlock } from "../block/explicit-block.ts";
import type { DecoderConfig, PositionScaling, Positions } from "./decoder-config.ts";

const explicitScaling = (scaling: PositionScaling | undefined): PositionScaling | undefined =>
  scaling?.kind === "llama3" ? { lowFreqFactor: 1, highFreqFactor: 4, ...scaling } : scaling;

/** Elements of a head that rotate. */
export const rotaryDim = ({ positions, latent, headDim }: DecoderConfig): number =>
  (positions.kind === "rope" ? positions.dim : undefined) ?? latent?.ropeDim ?? headDim;

/** The base with the factor of `ntk` in it, which is all there is to that scaling and has no name in files. */
export const scaledBase = (
  { base, scaling }: Extract<Positions, { readonly kind: "rope" }>,
  dim: number,
): number => (scaling?.kind === "ntk" ? base * scaling.factor ** (dim / (dim - 2)) : base);

const explicitPositions = (config: DecoderConfig): Positions => {
  const { positions } = config;
  if (positions.kind === "learned") return positions;
  const dim = rotaryDim(config);
  const { scaling: own, ...others } = positions;
  const scaling = own?.kind === "ntk" ? undefined : explicitScaling(own);
  return {
    reversed: false,
    ...others,
    dim,
    base: scaledBase(positions, dim),
    ...(scaling === undefined ? {} : { scaling }),
  };
};

/** As `explicitBlock`, for a decoder. */
export const explicitDecoder = (config: DecoderConfig): DecoderConfig => ({
  embeddingNorm: false,
  vocabRows: config.vocabSize,
  ...explicitBlock(config),
  positions: explicitPositions(config),
});
