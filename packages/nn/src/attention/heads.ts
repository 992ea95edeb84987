import { ArgumentError, ShapeError, type Tensor } from "@adjoint/core";
import { checkSize } from "../internal/check.ts";
import { checkTensors } from "../internal/check-tensors.ts";

/** Throws unless x is a sequence (..., T, C) as wide as a kernel (C, out). */
export const checkSequence = (operation: string, name: string, x: Tensor, kernel: Tensor): void => {
  checkTensors(operation, { [name]: x });
  const [width = 0] = kernel.shape;
  if (x.rank >= 2 && x.shape.at(-1) === width) return;
  throw new ShapeError({
    operation,
    rule: `takes ${name} (..., T, ${width})`,
    got: `[${x.shape.join()}]`,
  });
};

/** Heads that a projection of `width` holds, each of `size`; throws ArgumentError when they do not fill it. */
export const headsOf = (operation: string, name: string, width: number, size: number): number => {
  const heads = width / checkSize(operation, "head size", size);
  if (Number.isInteger(heads)) return heads;
  throw new ArgumentError({
    operation,
    rule: `${name} must hold whole heads of size ${size}`,
    got: `width ${width}`,
  });
};

/**
 * Heads side by side as heads before the sequence, as attention takes them: (..., T, H D) gives (..., H, T, D).
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { joinHeads, splitHeads } from "@adjoint/nn";
 * const heads = splitHeads(ones([5, 8]), 2);
 * [heads.shape, joinHeads(heads).shape]; // => [[2, 5, 4], [5, 8]]
 * ```
 */
export const splitHeads = (x: Tensor, heads: number): Tensor => {
  const lead = x.shape.slice(0, -2);
  const [length = 0, width = 0] = x.shape.slice(-2);
  const n = lead.length;
  return x
    .reshape([...lead, length, heads, width / heads])
    .transpose([...lead.keys(), n + 1, n, n + 2]);
};

/** The inverse of `splitHeads`: (..., H, T, D) gives (..., T, H D). */
export const joinHeads = (x: Tensor): Tensor => {
  const lead = x.shape.slice(0, -3);
  const [heads = 0, length = 0, size = 0] = x.shape.slice(-3);
  const n = lead.length;
  return x.transpose([...lead.keys(), n + 1, n, n + 2]).reshape([...lead, length, heads * size]);
};
