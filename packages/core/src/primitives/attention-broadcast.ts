import { at } from "../host-array.ts";
import { dim, type Shape, sizeOf, stridesOf } from "../shape.ts";

/** Sums an array of shape `from` over the axes along which an array of shape `to` would be repeated. */
export const unbroadcastData = (data: Float64Array, from: Shape, to: Shape): Float64Array => {
  const sums = new Float64Array(sizeOf(to));
  const [own, strides] = [stridesOf(from), stridesOf(to)];
  const lead = from.length - to.length;
  for (let i = 0; i < data.length; i++) {
    let place = 0;
    for (let axis = lead; axis < from.length; axis++)
      if (dim(to, axis - lead) !== 1)
        place += (Math.floor(i / (own[axis] ?? 1)) % dim(from, axis)) * (strides[axis - lead] ?? 0);
    sums[place] = at(sums, place) + at(data, i);
  }
  return sums;
};
