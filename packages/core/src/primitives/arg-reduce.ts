import { ShapeError } from "../errors.ts";
import { at, type HostArray } from "../host-array.ts";
import { dim, formatShape, type Shape, stridesOf } from "../shape.ts";
import type { AxisParams } from "./concatenate.ts";
import { bindOne, only, type Primitive } from "./primitive.ts";
import { stridedOffsets } from "./transpose.ts";

const without = (shape: Shape, axis: number): Shape => shape.filter((_, i) => i !== axis);

const argHost = (
  x: HostArray,
  axis: number,
  better: (a: number, b: number) => boolean,
): HostArray => {
  const strides = stridesOf(x.shape);
  const bases = stridedOffsets(without(x.shape, axis), without(strides, axis));
  const [size, step] = [dim(x.shape, axis), dim(strides, axis)];
  const data = bases.map((base) => {
    let best = 0;
    for (let i = 1; i < size; i++) {
      const [own, challenger] = [at(x.data, base + best * step), at(x.data, base + i * step)];
      if (!Number.isNaN(own) && (Number.isNaN(challenger) || better(challenger, own))) best = i;
    }
    return best;
  });
  return { shape: without(x.shape, axis), dtype: "int32", data };
};

const argReduction = (
  name: string,
  better: (a: number, b: number) => boolean,
): Primitive<AxisParams> => {
  const primitive: Primitive<AxisParams> = {
    name,
    abstractEval: (inputs, { axis }) => {
      const x = only(inputs);
      if (!(dim(x.shape, axis) > 0))
        throw new ShapeError({
          operation: name,
          rule: "an empty axis has no extreme",
          got: formatShape(x.shape),
        });
      return [{ shape: without(x.shape, axis), dtype: "int32" }];
    },
    evaluate: (inputs, { axis }) => [argHost(only(inputs), axis, better)],
    vmap: (inputs, _batched, { axis }) => ({
      outputs: [bindOne(primitive, inputs, { axis: axis + 1 })],
      batched: [true],
    }),
  };
  return primitive;
};

/** int32 place of the largest element along an axis: the first of equals; the first NaN when there is one. */
export const argMaxP: Primitive<AxisParams> = argReduction("argMax", (a, b) => a > b);
/** int32 place of the smallest element along an axis: the first of equals; the first NaN when there is one. */
export const argMinP: Primitive<AxisParams> = argReduction("argMin", (a, b) => a < b);
