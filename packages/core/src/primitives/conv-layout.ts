import { dim } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { spatialShape } from "./conv-shape.ts";

/** Exchanges the first two axes. */
export const swapLeading = (x: Tensor): Tensor =>
  x.transpose([1, 0, ...spatialShape(x.shape).map((_, i) => i + 2)]);

/** Takes `groups` out of axis `from` (as its major part) and makes it the major part of axis `to`. */
export const moveGroups = (x: Tensor, from: 0 | 1, groups: number): Tensor => {
  if (groups === 1) return x;
  const [a, b, ...spatial] = x.shape;
  const rest = spatial.map((_, i) => i + 3);
  const [n, c] = [a ?? 0, b ?? 0];
  if (from === 0)
    return x
      .reshape([groups, n / groups, c, ...spatial])
      .transpose([1, 0, 2, ...rest])
      .reshape([n / groups, groups * c, ...spatial]);
  return x
    .reshape([n, groups, c / groups, ...spatial])
    .transpose([1, 0, 2, ...rest])
    .reshape([groups * n, c / groups, ...spatial]);
};

/** Merges a leading axis into axis `at` (counted without it) as the major part, behind `outer` groups there. */
export const fold = (x: Tensor, at: 0 | 1, outer = 1): Tensor => {
  const [size = 0, ...rest] = x.shape;
  const own = dim(rest, at);
  const split = [size, ...rest.slice(0, at), outer, own / outer, ...rest.slice(at + 1)];
  const order = split.map((_, i) => i).slice(1);
  order.splice(at + 1, 0, 0);
  return x
    .reshape(split)
    .transpose(order)
    .reshape([...rest.slice(0, at), own * size, ...rest.slice(at + 1)]);
};

/** Undoes `fold`. */
export const unfold = (x: Tensor, at: 0 | 1, size: number, outer = 1): Tensor => {
  const own = dim(x.shape, at) / size;
  const split = [...x.shape.slice(0, at), outer, size, own / outer, ...x.shape.slice(at + 1)];
  const rest = split.map((_, i) => i).filter((i) => i !== at + 1);
  return x
    .reshape(split)
    .transpose([at + 1, ...rest])
    .reshape([size, ...x.shape.slice(0, at), own, ...x.shape.slice(at + 1)]);
};
