import type { HostArray } from "@adjoint/core/backend";
import type { WeightMap, WeightRule, WeightSource } from "@adjoint/models";
import { hashed } from "../../model/hashed.ts";
import { nameHash } from "../../model/name-hash.ts";

const shapeOf = ({ shape, transposed, stored, slice }: WeightRule): readonly number[] => {
  const own = stored ?? (transposed === true ? shape.toReversed() : shape);
  return slice === undefined
    ? own
    : own.map((d, axis) => (axis === slice.axis ? slice.start + slice.size : d));
};

const larger = (a: readonly number[] | undefined, b: readonly number[]): readonly number[] =>
  a === undefined ? b : b.map((d, axis) => Math.max(d, a[axis] ?? 0));

/**
 * The values that peers/torch/initial.py gives to an array of this name: matrices near 0, biases and means 0, scales and variances 1,
 * CLIP's temperature 0.07.
 */
const valuesOf = (name: string, shape: readonly number[]): Float32Array => {
  const count = shape.reduce((a, b) => a * b, 1);
  if (shape.length >= 2) return hashed(count, nameHash(name), 0.02 * Math.sqrt(3), 0);
  if (shape.length === 0) return Float32Array.of(-Math.log(0.07));
  if (name.endsWith("class_embedding"))
    return hashed(count, nameHash(name), 0.02 * Math.sqrt(3), 0);
  return new Float32Array(count).fill(/bias|running_mean/.test(name) ? 0 : 1);
};

/** Initial values by name, as a checkpoint that a model loads. */
export const hashedWeights = ({ rules }: WeightMap): WeightSource => {
  const shapes = new Map<string, readonly number[]>();
  for (const rule of rules) shapes.set(rule.name, larger(shapes.get(rule.name), shapeOf(rule)));
  return {
    tensors: new Map([...shapes].map(([name, shape]) => [name, { shape }])),
    read: async (name): Promise<HostArray> => {
      const shape = shapes.get(name) ?? [];
      return { dtype: "float32", shape, data: valuesOf(name, shape) };
    },
  };
};
