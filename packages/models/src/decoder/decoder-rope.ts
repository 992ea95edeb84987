import { maximum, type Tensor, tensor } from "@adjoint/core";
import { rope, type Rope, ropeFrequencies } from "@adjoint/nn";
import type { DecoderConfig, PositionScaling, Positions } from "./decoder-config.ts";
import { rotaryDim } from "./explicit-decoder.ts";

type Rotary = Extract<Positions, { readonly kind: "rope" }>;
type Dynamic = Extract<PositionScaling, { readonly kind: "dynamic" }>;

/**
 * Rotations whose base grows with the sequence: base s^(d / (d - 2)) with s = f L / L0 - (f - 1), where L is the last place of this
 * call and one more. Frequency i is then that of the base times s^(-2i / (d - 2)), so that L may be data.
 */
const dynamicRope = (
  positions: Tensor,
  { base, layout }: Rotary,
  dim: number,
  { factor, originalLength }: Dynamic,
): Rope => {
  const length = positions.max().add(1).cast("float32");
  const stretch = length.mul(factor / originalLength).sub(factor - 1);
  const powers = Array.from({ length: dim / 2 }, (_, i) => (-2 * i) / (dim - 2));
  const { inverse } = ropeFrequencies({ dim, base });
  const slower = maximum(stretch, 1).log().mul(tensor(powers)).exp();
  const angles = positions
    .expandDims(-1)
    .cast("float32")
    .mul(slower.mul(tensor([...inverse])));
  return { cos: angles.cos(), sin: angles.sin(), layout };
};

const forward = (ids: Tensor, positions: Rotary, dim: number): Rope => {
  const { layout, base, scaling } = positions;
  if (scaling?.kind === "dynamic") return dynamicRope(ids, positions, dim, scaling);
  return rope(ids, { layout, base, dim, ...(scaling === undefined ? {} : { scaling }) });
};

/** The rotations of places (..., T); none where places are learned. */
export const ropeOf = (config: DecoderConfig, ids: Tensor): Rope | undefined => {
  const { positions } = config;
  if (positions.kind === "learned") return undefined;
  const turn = forward(ids, positions, rotaryDim(config));
  return positions.reversed === true ? { ...turn, sin: turn.sin.neg() } : turn;
};
