import {
  ArgumentError,
  concatenate,
  type DType,
  ShapeError,
  stack,
  take,
  type Tensor,
  tensor,
} from "@adjoint/core";
import {
  type RopeFrequencies,
  type RopeFrequencyOptions,
  ropeFrequencies,
} from "./rope-frequencies.ts";

/**
 * Which elements of a head rotate together: `half` pairs i with i + R / 2 (Hugging Face's Llama, GPT-NeoX, nanochat),
 * `interleaved` pairs 2 i with 2 i + 1 (the paper, Meta's Llama, GPT-J, DeepSeek). Weights for one are garbage for the
 * other, so that there is no default.
 */
export type RopeLayout = "half" | "interleaved";

/** Cosines and sines of every position, made once and used by every layer. */
export type Rope = {
  /** (..., T, R / 2). */
  readonly cos: Tensor;
  /** (..., T, R / 2). */
  readonly sin: Tensor;
  readonly layout: RopeLayout;
};

/** Settings of `rope`. */
export type RopeOptions = RopeFrequencyOptions & {
  readonly layout: RopeLayout;
  /** Type of the cosines; default float32, which carries positions to 2^24. */
  readonly dtype?: DType;
};

const checkLayout = (operation: string, layout: RopeLayout): RopeLayout => {
  if (layout === "half" || layout === "interleaved") return layout;
  throw new ArgumentError({
    operation,
    rule: "layout must be half or interleaved",
    got: JSON.stringify(layout) ?? "nothing",
    fix: "half for Hugging Face's Llama weights, interleaved for Meta's own",
  });
};

/**
 * The rotations of positions (..., T), whole numbers. Throws ArgumentError without a layout or for bad frequencies.
 * @see https://arxiv.org/abs/2104.09864
 *
 * ```ts doctest
 * import { arange } from "@adjoint/core";
 * import { applyRope, rope } from "@adjoint/nn";
 * const x = arange(8, { dtype: "float32" }).reshape([2, 4]);
 * const turned = applyRope(x, rope(arange(2), { dim: 4, layout: "half" }));
 * await turned.toArray(); // => [[0, 1, 2, 3], [-2.8876, 4.9298, 6.6077, 7.0496]]
 * ```
 */
export const rope = (
  positions: Tensor,
  { layout, dtype = "float32", ...options }: RopeOptions,
): Rope => {
  checkLayout("rope", layout);
  const { inverse, factor }: RopeFrequencies = ropeFrequencies(options);
  const angles = positions
    .expandDims(-1)
    .cast(dtype)
    .mul(tensor([...inverse], { dtype }));
  const scaled = (x: Tensor): Tensor => (factor === 1 ? x : x.mul(factor));
  return { cos: scaled(angles.cos()), sin: scaled(angles.sin()), layout };
};

/** Elements from `start` to `end` of the last axis. */
const part = (x: Tensor, start: number, end: number): Tensor => {
  const lead = x.shape.slice(0, -1);
  return x.slice([...lead.map(() => 0), start], [...lead, end]);
};

/** Every second element of the last axis. */
const everySecond = (x: Tensor, first: number, size: number): Tensor => {
  const lead = x.shape.slice(0, -1);
  return x.slice([...lead.map(() => 0), first], [...lead, size], [...lead.map(() => 1), 2]);
};

/** (..., T, R / 2) so that it broadcasts to x (..., H, T, R / 2). */
const forHeads = (table: Tensor, x: Tensor): Tensor =>
  (table.rank > 2 && x.rank > table.rank ? table.expandDims(-3) : table).cast(
    x.dtype === "float64" ? x.dtype : "float32",
  );

/**
 * Rotates the first R elements of heads x (..., H, T, D), or (..., T, D), and leaves the others; computed in at least
 * float32. Throws ShapeError when R is beyond D or the positions are others.
 */
export const applyRope = (x: Tensor, { cos, sin, layout }: Rope): Tensor => {
  checkLayout("applyRope", layout);
  const size = 2 * (cos.shape.at(-1) ?? 0);
  const own = x.shape.at(-1) ?? 0;
  if (size > own || x.rank < 2 || x.shape.at(-2) !== cos.shape.at(-2))
    throw new ShapeError({
      operation: "applyRope",
      rule: "takes x (..., T, D) and rotations (..., T, R / 2) with R at most D",
      got: `[${x.shape.join()}] and [${cos.shape.join()}]`,
    });
  const half = layout === "half";
  const a = half ? part(x, 0, size / 2) : everySecond(x, 0, size);
  const b = half ? part(x, size / 2, size) : everySecond(x, 1, size);
  const [c, s] = [forHeads(cos, x), forHeads(sin, x)];
  const turned = [a.mul(c).sub(b.mul(s)), b.mul(c).add(a.mul(s))];
  const joined = half
    ? concatenate(turned, -1)
    : stack(turned, -1).reshape([...x.shape.slice(0, -1), size]);
  const rotated = joined.cast(x.dtype);
  return size === own ? rotated : concatenate([rotated, part(x, size, own)], -1);
};

/** Settings of `convertRopeLayout`. */
export type RopeConversion = {
  /** Heads that the last axis holds. */
  readonly nHead: number;
  readonly from: RopeLayout;
  readonly to: RopeLayout;
  /** How many of a head's elements rotate; default all. */
  readonly dim?: number;
};

/**
 * Kernels (in, H D) and biases (H D) of queries and keys for the other layout: the same model with `to` as the original
 * with `from`. Throws ArgumentError when heads or `dim` do not divide the last axis.
 * @see https://github.com/huggingface/transformers/blob/main/src/transformers/models/llama/convert_llama_weights_to_hf.py
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { convertRopeLayout } from "@adjoint/nn";
 * const bias = tensor([0, 1, 2, 3]);
 * await convertRopeLayout(bias, { nHead: 1, from: "interleaved", to: "half" }).toArray(); // => [0, 2, 1, 3]
 * ```
 */
export const convertRopeLayout = (
  weights: Tensor,
  { nHead, from, to, dim }: RopeConversion,
): Tensor => {
  checkLayout("convertRopeLayout", from);
  checkLayout("convertRopeLayout", to);
  const width = weights.shape.at(-1) ?? 0;
  const size = width / nHead;
  const rotating = dim ?? size;
  if (!Number.isInteger(size) || !Number.isInteger(rotating / 2) || rotating > size)
    throw new ArgumentError({
      operation: "convertRopeLayout",
      rule: "nHead must divide the last axis, and dim must be even and at most a head's size",
      got: `${nHead} heads and dim ${rotating} for width ${width}`,
    });
  if (from === to) return weights;
  const half = rotating / 2;
  const source = (i: number): number => {
    if (i >= rotating) return i;
    if (to === "half") return i < half ? 2 * i : 2 * (i - half) + 1;
    return i % 2 === 0 ? i / 2 : half + (i - 1) / 2;
  };
  const order = Int32Array.from({ length: width }, (_, i) => i - (i % size) + source(i % size));
  return take(weights, tensor(order), { axis: -1 });
};
