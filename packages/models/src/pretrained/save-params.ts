import { ArgumentError, isTensor, type Tensor } from "@adjoint/core";
import { allocate, bufferOf, type HostArray, sameShape, sizeOf } from "@adjoint/core/backend";
import { leafAt } from "../internal/tree-of.ts";
import { transposed, writeSlice } from "./host-arrays.ts";
import type { WeightMap } from "./load-params.ts";
import { paramShape, storedShapes, type WeightRule } from "./weight-rule.ts";

const tensorAt = (params: unknown, rule: WeightRule): Tensor => {
  const leaf = leafAt(params, rule.path);
  const shape = paramShape(rule);
  if (isTensor(leaf) && sameShape(leaf.shape, shape)) return leaf;
  throw new ArgumentError({
    operation: "saveParams",
    rule: `${rule.path.join(".")} must be a tensor [${shape}]`,
    got: isTensor(leaf) ? `[${leaf.shape}]` : typeof leaf,
    fix: "pass the parameters of the same configuration",
  });
};

/** The rule's own part of a parameter. */
const memberOf = (array: HostArray, { member, shape }: WeightRule): HostArray => {
  if (member === undefined) return array;
  const size = sizeOf(shape);
  const data = array.data.subarray(member.index * size, (member.index + 1) * size);
  return { shape, dtype: array.dtype, data };
};

/**
 * The parameters of a model as the arrays of a checkpoint, by name. Throws ArgumentError for parameters that are not those of the
 * map's configuration.
 */
export const saveParams = async (
  { rules }: WeightMap,
  params: unknown,
): Promise<ReadonlyMap<string, HostArray>> => {
  const shapes = storedShapes(rules);
  const stored = new Map<string, HostArray>();
  for (const rule of rules) {
    const own = memberOf(await bufferOf(tensorAt(params, rule)).read(), rule);
    const plain = rule.transposed === true ? transposed(own) : own;
    const part = rule.stored === undefined ? plain : { ...plain, shape: rule.stored };
    if (rule.slice === undefined) {
      stored.set(rule.name, part);
      continue;
    }
    const shape = shapes.get(rule.name) ?? part.shape;
    const whole = stored.get(rule.name) ?? {
      shape,
      dtype: part.dtype,
      data: allocate(part.dtype, sizeOf(shape)),
    };
    writeSlice(whole, part, rule.slice);
    stored.set(rule.name, whole);
  }
  return stored;
};
