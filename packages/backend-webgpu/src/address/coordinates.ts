import { type Shape, stridesOf } from "@adjoint/core/backend";
import { Affine } from "./affine.ts";

/** Position of an element along each axis. */
export type Coordinates = readonly Affine[];

/** Coordinates in `shape` of the element with a flat row-major index. */
export const coordinatesOf = (flat: Affine, shape: Shape): Coordinates => {
  const strides = stridesOf(shape);
  return shape.map((extent, axis) =>
    extent === 1 ? Affine.of(0) : flat.div(strides[axis] ?? 1).mod(extent),
  );
};

/** Address of the element at `at` in storage with these strides. */
export const addressOf = (at: Coordinates, strides: readonly number[]): Affine =>
  at.reduce((sum, x, axis) => sum.plus(x.times(strides[axis] ?? 0)), Affine.of(0));

/** Flat row-major index of the element at `at`. */
export const flatOf = (at: Coordinates, shape: Shape): Affine => addressOf(at, stridesOf(shape));
